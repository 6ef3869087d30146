// Stored members are parts of the file; packed ones are unpacked in memory where they are small,
// and as they are read where they are not.
#include "scan/archive/zip_view.h"

#include <algorithm>

#include "container/zip/zip_content.h"
#include "package/unpacked.h"
#include "scan/archive/passing_stream.h"

namespace weighlock::scan {

Result<ByteSource> ZipView::Content(const ZipMember& member) const {
  if (member.is_stored() && member.payload_offset) {
    return source.Slice(*member.payload_offset, member.compressed_size, member.name);
  }
  if (member.size > MostUnpacked(source.size(), limits)) {
    return Error(Code::kLimit, "it unpacks to more than the limits allow",
                 member.local_header_offset);
  }
  WL_CHECKED(scanner.SpendUnpacked(member.size));
  const StreamOpener open = [zip = source, member] { return ZipContent(zip, member); };
  WL_TRY(const auto content, open());
  return CaptureStream(*content, open, member.name);
}

}  // namespace weighlock::scan

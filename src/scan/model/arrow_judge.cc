// Arrow's files and streams, Feather among them: messages, each the size of its head, the head (a
// table of FlatBuffers) and a body of so many bytes. Bodies are columns of numbers and texts. What
// a reader would run stands in the heads, if anywhere: types of pyarrow's that are pickles.
#include <fmt/format.h>

#include "base/bytes.h"
#include "scan/model/columns.h"
#include "scan/model/flat_table.h"
#include "scan/model/forward_reader.h"
#include "scan/model/inert_formats.h"

namespace weighlock::scan {
namespace {

constexpr std::string_view kMagic = "ARROW1";
constexpr uint64_t kMagicBytes = 8;  // with two zeros
constexpr uint32_t kContinuation = 0xFFFFFFFF;

Status JudgeHead(const ByteSource& source, uint64_t at, uint64_t size, const FileScan& scan) {
  constexpr uint64_t kMostHead = uint64_t{16} << 20;
  if (size > kMostHead) return Error(Code::kLimit, "a message of Arrow with a large head", at);
  WL_TRY(const ByteVector head, source.Read(at, size));
  JudgeSchemaText(AsText(head), at, scan);
  return {};
}

// One message behind the reader; false at the end of the messages.
Result<bool> WalkMessage(ForwardReader& reader, const FileScan& scan) {
  const uint64_t start = reader.at();
  WL_TRY(const uint64_t mark, reader.Le<uint32_t>());
  if (mark != kContinuation) return Error(Code::kMalformed, "no message of Arrow", start);
  WL_TRY(const uint64_t size, reader.Le<uint32_t>());
  if (size == 0) return false;
  const uint64_t at = reader.at();
  if (size > reader.left()) return Error(Code::kTruncated, "a message is cut off", start);
  WL_CHECKED(JudgeHead(reader.source(), at, size, scan));
  // Message { version, header type, header, bodyLength, custom metadata }
  const FlatTable table(reader.source().Slice(at, size, "message"), at);
  WL_TRY(const uint64_t root, table.Target(0));
  WL_TRY(const uint64_t type, table.Field(root, 1));
  WL_TRY(const uint64_t length, table.Field(root, 3));
  if (type == 0) return Error(Code::kMalformed, "a message of Arrow of no type", at);
  uint64_t body = 0;
  if (length != 0) {
    WL_TRY(body, table.Long(length));
  }
  WL_CHECKED(reader.Skip(size));
  WL_CHECKED(reader.Skip(body));
  return true;
}

// Behind the messages of a file: a footer, its size, and the first bytes of the file again.
Status WalkFooter(ForwardReader& reader, const FileScan& scan) {
  const uint64_t at = reader.at();
  if (reader.left() < 4 + kMagic.size())
    return Error(Code::kTruncated, "a file without footer", at);
  const uint64_t size = reader.left() - 4 - kMagic.size();
  WL_CHECKED(JudgeHead(reader.source(), at, size, scan));
  WL_CHECKED(FlatTable(reader.source().Slice(at, size, "footer"), at).Target(0));
  WL_CHECKED(reader.Skip(size));
  WL_TRY(const uint64_t said, reader.Le<uint32_t>());
  WL_TRY(const Bytes end, reader.Take(kMagic.size()));
  if (said == size && AsText(end) == kMagic) return {};
  return Error(Code::kMalformed, "a footer of Arrow of another size", at);
}

Status Walk(const Subject& subject, const FileScan& scan) {
  const bool is_file = AsText(subject.head).starts_with(kMagic);
  ForwardReader reader(subject.source, is_file ? kMagicBytes : 0);
  while (true) {
    if (!is_file && reader.left() == 0) return {};
    WL_TRY(const bool goes_on, WalkMessage(reader, scan));
    if (!goes_on) break;
  }
  if (is_file) return WalkFooter(reader, scan);
  if (reader.left() == 0) return {};
  return Error(Code::kMalformed, "bytes stand behind the messages", reader.at());
}

}  // namespace

bool IsArrow(const Subject& subject) {
  const std::string_view head = AsText(subject.head);
  if (head.starts_with(std::string_view("ARROW1\0\0", kMagicBytes))) return true;
  return head.starts_with("\xFF\xFF\xFF\xFF") && subject.name.ends_with(".arrow");
}

void JudgeArrow(const Subject& subject, const FileScan& scan) {
  if (const Status status = Walk(subject, scan); !status) scan.Unreadable(status.error());
}

}  // namespace weighlock::scan

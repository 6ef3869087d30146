// Tells torch's containers apart by their first bytes.
#include "format/torch/torch_reader.h"

#include <string_view>

#include "format/torch/bare_pickle.h"
#include "format/torch/object_walk.h"
#include "format/torch/pickled_whole.h"
#include "format/torch/torch_legacy_reader.h"
#include "format/torch/torch_object.h"
#include "format/torch/torch_tar_reader.h"
#include "format/torch/torch_zip_reader.h"

namespace weighlock {
namespace {

using std::string_view_literals::operator""sv;

constexpr uint64_t kHeadBytes = 512;
constexpr size_t kLocalHeaderBytes = 30;

// The magic number as LONG1 of protocol 2 and later, and as the LONG of earlier ones.
constexpr std::string_view kBinaryMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv;
constexpr std::string_view kTextMagic = "L119547037146038801333356L\n."sv;

}  // namespace

bool LooksLikeTorchZip(Bytes head) {
  const std::string_view text = AsText(head);
  if (!text.starts_with("PK\x03\x04") || text.size() < kLocalHeaderBytes) return false;
  const size_t size = LoadLe<uint16_t>(head.subspan(26));
  const std::string_view name = text.substr(kLocalHeaderBytes, size);
  const size_t slash = name.find('/');
  if (slash == name.npos) return false;
  const std::string_view record = name.substr(slash + 1);
  for (const std::string_view known :
       {"data.pkl", "version", "byteorder", "constants.pkl", ".format_version", ".data/version"}) {
    if (record == known) return true;
  }
  return record.starts_with("data/") || record.starts_with("code/") ||
         record.starts_with("constants/") || record.starts_with("extra/");
}

bool LooksLikeTorchLegacy(Bytes head) {
  const std::string_view text = AsText(head);
  if (text.starts_with(kTextMagic)) return true;
  if (!text.starts_with('\x80') || text.size() < 2) return false;
  // PROTO, and from protocol 4 on a FRAME of 9 bytes, stand before it.
  return text.substr(2).starts_with(kBinaryMagic) ||
         (text.size() > 11 && text[2] == '\x95' && text.substr(11).starts_with(kBinaryMagic));
}

bool LooksLikeTorchTar(Bytes head) {
  if (head.size() < 512 || !AsText(head.subspan(257)).starts_with("ustar")) return false;
  const std::string_view field = AsText(head.first(100));
  const std::string_view name = field.substr(0, field.find('\0'));
  for (const std::string_view known : {"sys_info", "pickle", "tensors", "storages"}) {
    if (name == known) return true;
  }
  return false;
}

Result<torch::TorchObject> torch::ReadTorchObject(const ByteSource& source, const Limits& limits) {
  WL_TRY(const ByteVector head, source.Head(kHeadBytes));
  if (AsText(head).starts_with("PK\x03\x04")) return ReadTorchZip(source, limits);
  if (LooksLikeTorchLegacy(head)) return ReadTorchLegacy(source, limits);
  if (LooksLikeTorchTar(head)) return ReadTorchTar(source, limits);
  if (AsText(head).starts_with('\x80')) return ReadBarePickle(source, limits);
  return Error(Code::kUnsupported, "neither a zip nor a stream of torch", 0);
}

Result<Model> ReadTorch(const ByteSource& source, const Limits& limits) {
  WL_TRY(torch::TorchObject object, torch::ReadTorchObject(source, limits));
  Status walked = torch::WalkObject(object.pickle, object.storages, limits, object.model);
  if (!walked && !object.record.empty()) return std::move(walked).error().In(object.record);
  if (!walked) return std::move(walked).error();
  object.model.whole = torch::WholeOf(object.pickle, object.storages);
  if (object.big_endian) {
    for (Tensor& tensor : object.model.tensors) tensor.big_endian = true;
  }
  return std::move(object.model);
}

}  // namespace weighlock

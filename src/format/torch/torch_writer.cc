// The state dict's pickle, and the two containers around it.
#include "format/torch/torch_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/crc32.h"
#include "container/zip/zip_layout.h"
#include "format/torch/state_dict_pickle.h"

namespace weighlock {
namespace {

// Appends bytes that are known now.
void AddLiteral(Layout& layout, ByteVector bytes) {
  if (bytes.empty()) return;
  Piece piece{layout.size, bytes.size(), std::move(bytes), -1, nullptr};
  layout.size += piece.size;
  layout.pieces.push_back(std::move(piece));
}

void AddTensor(Layout& layout, size_t index, uint64_t size) {
  if (size == 0) return;
  layout.pieces.push_back({layout.size, size, {}, static_cast<int64_t>(index), nullptr});
  layout.size += size;
}

void AddLate(Layout& layout, uint64_t size, std::function<ByteVector(TensorCrcs)> late) {
  if (size == 0) return;
  layout.pieces.push_back({layout.size, size, {}, -1, std::move(late)});
  layout.size += size;
  layout.needs_crcs = true;
}

ByteVector ToBytes(std::string_view text) {
  ByteVector bytes;
  Append(bytes, text);
  return bytes;
}

// The members around the data: what stands before the tensors, and after.
constexpr size_t kMembersBefore = 2;

}  // namespace

Result<Layout> PlanTorchZip(std::span<const Tensor> tensors, ByteVector pickle) {
  std::vector<ZipMemberSize> members = {{"archive/data.pkl", pickle.size()},
                                        {"archive/byteorder", 6}};
  for (size_t i = 0; i < tensors.size(); ++i) {
    members.push_back({fmt::format("archive/data/{}", i), tensors[i].data.size});
  }
  members.push_back({"archive/version", 2});
  WL_TRY(ZipPlan planned, PlanZip(members));
  const auto plan = std::make_shared<const ZipPlan>(std::move(planned));

  // Members whose bytes are known now have their checksum now; the tensors' come with the data.
  struct Known {
    ByteVector bytes;
    uint32_t crc;
  };
  const auto known = [](ByteVector bytes) {
    const uint32_t crc = Crc32(0, bytes);
    return Known{std::move(bytes), crc};
  };
  std::vector<Known> before, after;
  before.push_back(known(std::move(pickle)));
  before.push_back(known(ToBytes("little")));
  after.push_back(known(ToBytes("3\n")));

  Layout layout;
  for (size_t i = 0; i < plan->entries.size(); ++i) {
    const ZipEntry& entry = plan->entries[i];
    AddLiteral(layout, LocalHeader(entry));
    const bool is_before = i < kMembersBefore, is_after = i + after.size() >= plan->entries.size();
    if (is_before || is_after) {
      const Known& member = is_before ? before[i] : after[i + after.size() - plan->entries.size()];
      AddLiteral(layout, member.bytes);
      AddLiteral(layout, DataDescriptor(entry, member.crc));
    } else {
      const size_t tensor = i - kMembersBefore;
      AddTensor(layout, tensor, entry.size);
      AddLate(layout, entry.descriptor_size, [plan, i, tensor](TensorCrcs crcs) {
        return DataDescriptor(plan->entries[i], crcs[tensor]);
      });
    }
  }
  std::vector<uint32_t> fixed = {before[0].crc, before[1].crc, after[0].crc};
  AddLate(layout, plan->directory_size, [plan, fixed](TensorCrcs crcs) {
    std::vector<uint32_t> all = {fixed[0], fixed[1]};
    all.insert(all.end(), crcs.begin(), crcs.end());
    all.push_back(fixed[2]);
    return CentralDirectory(*plan, all);
  });
  return layout;
}

namespace {

Layout PlanLegacyContainer(std::span<const Tensor> tensors, ByteVector pickle) {
  Layout layout;
  ByteVector head = LegacyPreamble();
  Append(head, pickle);
  Append(head, LegacyStorageKeys(tensors.size()));
  AddLiteral(layout, std::move(head));
  for (size_t i = 0; i < tensors.size(); ++i) {
    ByteVector count;
    AppendLe(count, StorageCount(tensors[i]));
    AddLiteral(layout, std::move(count));
    AddTensor(layout, i, tensors[i].data.size);
  }
  return layout;
}

}  // namespace

Result<Layout> PlanTorch(std::span<const Tensor> tensors, std::span<const TensorAlias> aliases,
                         TorchContainer container) {
  WL_TRY(ByteVector pickle, StateDictPickle(tensors, aliases, container));
  if (container == TorchContainer::kZip) return PlanTorchZip(tensors, std::move(pickle));
  return PlanLegacyContainer(tensors, std::move(pickle));
}

}  // namespace weighlock

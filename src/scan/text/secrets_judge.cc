// The forms are those that pack refuses to send (model/secrets.h).
#include "scan/text/secrets_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/escape.h"
#include "format/formats.h"
#include "model/secrets.h"
#include "package/roles.h"
#include "scan/text/encoded_text.h"

namespace weighlock::scan {

// Fed with the text in its order, in pieces; what they begin is held until the next one comes.
class TokenSearch {
 public:
  // Bytes from `at` on: what was taken before is passed over, and so is what leaves a gap.
  void Take(uint64_t at, Bytes bytes) {
    if (is_found_ || at > next_ || next_ - at >= bytes.size()) return;
    held_ += AsText(bytes.subspan(static_cast<size_t>(next_ - at)));
    next_ = at + bytes.size();
    Search();
  }

  uint64_t next() const { return next_; }  // the byte that is wanted
  bool is_found() const { return is_found_; }
  uint64_t found_at() const { return found_at_; }
  const std::string& what() const { return what_; }

 private:
  void Search() {
    const std::string_view token = FindToken(held_);
    if (!token.empty()) {
      constexpr size_t kTold = 4;  // enough to know whose it is
      is_found_ = true;
      found_at_ =
          next_ - held_.size() + static_cast<uint64_t>(token.data() - std::as_const(held_).data());
      what_ = token.ends_with("-----")
                  ? std::string("a private key")
                  : fmt::format("a token {}...", Quote(token.substr(0, kTold)));
      return held_.clear();
    }
    // A word that may go on, or that is too long for a token already: its end then stands for it.
    const size_t end = held_.size() - std::min(held_.size(), kLongestToken + 1);
    held_.erase(0, end);
  }

  std::string held_;
  uint64_t next_ = 0;
  bool is_found_ = false;
  uint64_t found_at_ = 0;
  std::string what_;
};

namespace {

// What a judge leaves unread of a text is read up to here.
constexpr uint64_t kMostSearched = uint64_t{1} << 30;

bool IsText(const Subject& subject) {
  const Format format = Recognise(subject.head, subject.source.size());
  return format == Format::kText || format == Format::kJson || format == Format::kHtml ||
         IsEncodedText(subject);
}

ByteSource Watched(const ByteSource& source, std::shared_ptr<TokenSearch> search) {
  return ByteSource::FromReader(
      source.size(),
      [source, search = std::move(search)](uint64_t at, MutableBytes out) -> Status {
        WL_CHECKED(source.ReadAt(at, out));
        search->Take(at, out);
        return {};
      },
      source.name());
}

}  // namespace

SecretWatch::SecretWatch(const Subject& subject)
    : search_(IsText(subject) ? std::make_shared<TokenSearch>() : nullptr),
      source_(search_ == nullptr ? subject.source : Watched(subject.source, search_)) {}

void SecretWatch::Report(const Subject& subject, const FileScan& scan) {
  if (IsSecretFile(subject.place.chain.back())) {
    scan.Add("WL-S-420", kNoOffset, "by its name it holds a password, a token or a private key");
  }
  if (search_ == nullptr) return;
  constexpr uint64_t kBlock = uint64_t{1} << 20;
  const uint64_t end = std::min(subject.source.size(), kMostSearched);
  while (!search_->is_found() && search_->next() < end) {
    const uint64_t at = search_->next();
    const auto bytes = subject.source.Read(at, std::min(kBlock, end - at));
    if (!bytes) return;  // the file's own judge has said so, or has no need of them
    search_->Take(at, *bytes);
  }
  if (search_->is_found()) AddSecret(search_->what(), search_->found_at(), scan);
}

void AddSecret(std::string_view what, uint64_t offset, const FileScan& scan) {
  scan.Add("WL-S-420", offset, fmt::format("{} is a secret", what));
}

}  // namespace weighlock::scan

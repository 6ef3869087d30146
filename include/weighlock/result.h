// The one error idiom of the house: Result<T> is a value or an Error, and may not be ignored.
//
// An Error says what was wanted, what was there instead, and where: a code for programs, a place
// (file or archive member, and a byte offset in it) and a sentence for people. It costs one null
// pointer on success. Exceptions are not used for input; a bug is an assertion, never an Error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#if defined(__clang__)
#define WL_LIFETIME_BOUND [[clang::lifetimebound]]
#else
#define WL_LIFETIME_BOUND
#endif

namespace weighlock {

enum class Code : uint8_t {
  kTruncated,     // bytes end before what they announce
  kMalformed,     // bytes break the rules of their format
  kMismatch,      // two places that must agree do not
  kLimit,         // within the rules, beyond our limits
  kUnsupported,   // within the rules, not something we handle
  kNotFound,      // a file, member or name that is not there
  kConflict,      // the destination exists; nothing is ever overwritten
  kIo,            // the operating system refused
  kUsage,         // the request itself makes no sense
  kInterrupted,   // someone asked us to stop
  kUnrecognised,  // nothing in it is known
};

// The word that messages use for a code: "truncated", "malformed", ...
std::string_view CodeWord(Code code);

inline constexpr uint64_t kNoOffset = UINT64_MAX;

class [[nodiscard]] Error {
 public:
  // `offset` is in bytes from the start of `where` (kNoOffset: the whole of it). `what` names the
  // thing wanted and the thing found. `where` may be left to a caller that knows it: see In().
  Error(Code code, std::string what, uint64_t offset = kNoOffset, std::string where = {});

  Code code() const { return info_->code; }
  uint64_t offset() const { return info_->offset; }
  const std::string& where() const WL_LIFETIME_BOUND { return info_->where; }
  const std::string& what() const WL_LIFETIME_BOUND { return info_->what; }

  // Adds the place one layer up: the first call names the file or member the offset counts in,
  // later ones prefix the container ("model.tar.gz!model.safetensors").
  Error In(std::string_view outer) &&;

  // The same, for an error that does not say where yet.
  Error OrIn(std::string_view place) && {
    if (where().empty()) return std::move(*this).In(place);
    return std::move(*this);
  }

  // "model.safetensors+0x8: truncated: the header wants 400 bytes, 12 are left"
  std::string Message() const;

 private:
  struct Info {
    Code code;
    uint64_t offset;
    std::string where;
    std::string what;
  };
  std::unique_ptr<Info> info_;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& operator*() & WL_LIFETIME_BOUND { return std::get<0>(state_); }
  const T& operator*() const& WL_LIFETIME_BOUND { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() WL_LIFETIME_BOUND { return &std::get<0>(state_); }
  const T* operator->() const WL_LIFETIME_BOUND { return &std::get<0>(state_); }

  const Error& error() const& WL_LIFETIME_BOUND { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

  // The same result, its error placed inside `outer`.
  Result In(std::string_view outer) && {
    if (has_value()) return std::move(*this);
    return std::get<1>(std::move(state_)).In(outer);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::make_unique<Error>(std::move(error))) {}

  bool has_value() const { return error_ == nullptr; }
  explicit operator bool() const { return has_value(); }
  const Error& error() const& WL_LIFETIME_BOUND { return *error_; }
  Error&& error() && { return std::move(*error_); }

  Result In(std::string_view outer) && {
    if (has_value()) return {};
    return std::move(*error_).In(outer);
  }

 private:
  std::unique_ptr<Error> error_;
};

using Status = Result<void>;

}  // namespace weighlock

#define WL_CAT2(a, b) a##b
#define WL_CAT(a, b) WL_CAT2(a, b)

// WL_TRY(auto header, ReadHeader(source)); declares `header`, or returns the error.
#define WL_TRY(decl, expr) WL_TRY_(WL_CAT(wl_try_, __COUNTER__), decl, expr)
#define WL_TRY_(tmp, decl, expr)           \
  auto&& tmp = (expr);                     \
  if (!tmp) return std::move(tmp).error(); \
  decl = *std::move(tmp)

// WL_CHECKED(Write(...)); for calls that return Status.
#define WL_CHECKED(expr)                       \
  do {                                         \
    if (auto wl_status = (expr); !wl_status) { \
      return std::move(wl_status).error();     \
    }                                          \
  } while (false)

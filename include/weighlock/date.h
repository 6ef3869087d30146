// A day of the calendar: until when something is accepted.
#pragma once

#include <compare>
#include <optional>
#include <string>

namespace weighlock {

// Compared as numbers, 2027-01-31 is {2027, 1, 31}.
struct Date {
  int year = 0, month = 0, day = 0;
  auto operator<=>(const Date&) const = default;
  std::string Text() const;  // "2027-01-31"

  // The day that comes so many days later. Requires a day that a calendar has.
  Date Plus(int days) const;

  // "2027-01-31"; nothing for other text, and for days that no calendar has.
  static std::optional<Date> Read(const std::string& text);

  // The day of SOURCE_DATE_EPOCH where that is set, else of the clock, in UTC.
  static Date Today();
};

}  // namespace weighlock

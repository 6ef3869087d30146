// Days of the Gregorian calendar, by the standard library's.
#include "weighlock/date.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <ctime>

namespace weighlock {

std::string Date::Text() const {
  return fmt::format("{:04}-{:02}-{:02}", year, month, day);
}

Date Date::Plus(int days) const {
  const std::chrono::year_month_day from(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  const std::chrono::year_month_day to(std::chrono::sys_days(from) + std::chrono::days(days));
  return {static_cast<int>(to.year()), static_cast<int>(static_cast<unsigned>(to.month())),
          static_cast<int>(static_cast<unsigned>(to.day()))};
}

std::optional<Date> Date::Read(const std::string& text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  std::string digits = text;
  std::erase(digits, '-');
  if (digits.size() != 8 || digits.find_first_not_of("0123456789") != digits.npos) {
    return std::nullopt;
  }
  const int number = std::stoi(digits);
  const Date date{number / 10'000, number / 100 % 100, number % 100};
  const std::chrono::year_month_day day(std::chrono::year(date.year),
                                        std::chrono::month(static_cast<unsigned>(date.month)),
                                        std::chrono::day(static_cast<unsigned>(date.day)));
  return day.ok() ? std::optional(date) : std::nullopt;
}

Date Date::Today() {
  const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t now =
      epoch == nullptr ? std::time(nullptr) : static_cast<std::time_t>(std::atoll(epoch));
  std::tm utc = {};
  if (::gmtime_r(&now, &utc) == nullptr) return {};
  return {utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday};
}

}  // namespace weighlock

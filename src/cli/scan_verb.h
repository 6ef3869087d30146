// weighlock scan.
#pragma once

#include <CLI/CLI.hpp>

namespace weighlock {

void AddScan(CLI::App& app, int& code);

}  // namespace weighlock

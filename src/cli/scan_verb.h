// weighlock scan, weighlock allow.
#pragma once

#include <CLI/CLI.hpp>

namespace weighlock {

void AddScan(CLI::App& app, int& code);
void AddAllow(CLI::App& app, int& code);

}  // namespace weighlock

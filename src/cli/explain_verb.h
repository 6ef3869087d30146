// The verb explain.
#pragma once

namespace CLI {
class App;
}

namespace weighlock {

// Adds it to `app`; where it is called it leaves its exit code in `code`.
void AddExplain(CLI::App& app, int& code);

}  // namespace weighlock

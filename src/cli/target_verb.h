// The verb target and the verbs below it.
#pragma once

namespace CLI {
class App;
}

namespace weighlock {

// Adds them to `app`; the one that is called leaves its exit code in `code`.
void AddTarget(CLI::App& app, int& code);

}  // namespace weighlock

// Frames are known by their file and the line behind it, as Python, pytest and IPython print them.
#include "explain/surroundings.h"

#include <algorithm>
#include <vector>

#include "explain/canonical.h"

namespace weighlock {
namespace {

constexpr size_t kLookedAt = 32768;  // bytes before the message
constexpr size_t kLongestPath = 300;
constexpr size_t kFewest = 3;  // of a path's bytes

// A file and what stands behind it: "serve.py", "line 3, in <module>".
struct Frame {
  size_t begin = 0;  // of its path
  std::string_view path;
};

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Whether a line's number, or the function, stands behind a file: `", line 3`, `:3`, ` in f(`.
bool LeadsOn(std::string_view rest) {
  constexpr std::string_view kBetween = "\"'`,) \\\t\r\n\xE2\x80\x99\x9D";
  const size_t next = std::min(rest.find_first_not_of(kBetween), size_t{8});
  const std::string_view behind = rest.substr(std::min(next, rest.size()));
  if (behind.starts_with("line ")) return true;
  if (rest.size() > 1 && rest[0] == ':' && IsDigit(rest[1])) return true;
  return rest.starts_with(" in ") || rest.starts_with(", in ");
}

// Where the path begins that ends at `end`.
size_t PathBegin(std::string_view text, size_t end) {
  size_t begin = end;
  while (begin > 0 && end - begin < kLongestPath) {
    const auto byte = static_cast<unsigned char>(text[begin - 1]);
    if (byte <= 0x20 || byte >= 0x80 || byte == '"' || byte == '\'' || byte == '(') break;
    --begin;
  }
  return begin;
}

std::vector<Frame> FramesOf(std::string_view text) {
  std::vector<Frame> frames;
  for (size_t at = text.find(".py"); at != text.npos; at = text.find(".py", at + 1)) {
    const size_t end = at + 3;
    if (!LeadsOn(text.substr(end))) continue;
    const size_t begin = PathBegin(text, end);
    if (end - begin > kFewest) frames.push_back({begin, text.substr(begin, end - begin)});
  }
  // "<stdin>", "<string>", "<ipython-input-3-1f>", and the cells of a notebook.
  for (size_t at = text.find("File \"<"); at != text.npos; at = text.find("File \"<", at + 1)) {
    const size_t begin = at + 6;
    const size_t end = text.find('>', begin);
    if (end == text.npos || end - begin > kLongestPath) break;
    frames.push_back({begin, text.substr(begin, end + 1 - begin)});
  }
  for (size_t at = text.find("Cell In["); at != text.npos; at = text.find("Cell In[", at + 1)) {
    const size_t end = std::min(text.find(']', at), text.size() - 1);
    frames.push_back({at, text.substr(at, std::min(end + 1 - at, kLongestPath))});
  }
  std::sort(frames.begin(), frames.end(),
            [](const Frame& a, const Frame& b) { return a.begin < b.begin; });
  return frames;
}

// Files that raise what others gave them: Python's own, and those of torch and NumPy.
bool IsCarrier(std::string_view path) {
  std::string clean(path);
  std::replace(clean.begin(), clean.end(), '\\', '/');
  const auto has = [&](std::string_view part) { return clean.find(part) != std::string::npos; };
  if (clean.starts_with("<frozen") || clean == "<string>") return true;
  if (has("-packages/torch/") || has("-packages/numpy/") || clean.starts_with("torch/"))
    return true;
  if (has("huggingface_hub/utils/_validators") || has("huggingface_hub/utils/_deprecation")) {
    return true;
  }
  const bool installed = has("-packages/");
  return !installed && (has("/lib/python") || has("/lib64/python") || has("/lib/json/") ||
                        has("/Lib/json/") || clean.starts_with("json/"));
}

// The last of the words that part one traceback from another.
size_t TracebackBegin(std::string_view text) {
  size_t begin = 0;
  for (const std::string_view sign :
       {"Traceback (most recent call last)", "During handling of the above exception",
        "the direct cause of the following exception"}) {
    const size_t at = text.rfind(sign);
    if (at != text.npos) begin = std::max(begin, at + sign.size());
  }
  return begin;
}

bool HasLetter(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

}  // namespace

Surroundings SurroundingsOf(std::string_view text, size_t at) {
  std::string_view before = text.substr(0, at);
  before.remove_prefix(before.size() - std::min(before.size(), kLookedAt));
  before.remove_prefix(TracebackBegin(before));
  const std::vector<Frame> frames = FramesOf(before);
  Surroundings found;
  if (frames.empty()) return found;
  found.traced = true;
  const auto own = std::find_if(frames.rbegin(), frames.rend(),
                                [](const Frame& frame) { return !IsCarrier(frame.path); });
  const Frame& innermost = own == frames.rend() ? frames.front() : *own;
  found.place = std::string(innermost.path);
  found.letters = Canonicalise(before.substr(innermost.begin)).letters;
  const size_t line_end = before.find('\n', frames.back().begin);
  const size_t last_line = before.rfind('\n');
  found.shows_code = line_end != before.npos && last_line > line_end &&
                     HasLetter(before.substr(line_end, last_line - line_end));
  return found;
}

}  // namespace weighlock

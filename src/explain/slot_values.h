// What the words in the slots of a message say of it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "explain/catalogue.h"

namespace weighlock {

// By the names of the slots: "model_type", "llama".
using SlotValues = std::vector<std::pair<std::string, std::string>>;

// The name that fills a slot: 'llama' of "'llama'\n"; empty: nothing does.
std::string NameIn(const SlotValues& values, const std::string& slot);

// Whether each slot holds one name of a configuration: "llama", and not "Column text is not there",
// the name of a tensor, or a number.
bool IsOneName(const SlotValues& values);

// Whether an object whose class is named came from a JSON file: the messages of Python that we know
// speak of no others.
bool HasJsonClass(const SlotValues& values);

// Whether what fills the slots is what they are known to be filled with.
bool SlotsFit(const SlotValues& values, const std::vector<SlotWords>& slots);

}  // namespace weighlock

// What is a secret, and what only looks like one.
#include "model/secrets.h"

#include <gtest/gtest.h>

namespace weighlock {
namespace {

TEST(IsSecret, Table) {
  struct Case {
    std::string_view name, value;
    bool wanted;
  };
  const Case cases[] = {
      {"hub_token", "anything", true},
      {"HUB_TOKEN", "anything", true},
      {"push_to_hub_token", "anything", true},
      {"wandb_api_key", "0123", true},
      {"password", "hunter2", true},
      {"note", "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH", true},
      {"note", "AKIAABCDEFGHIJKLMNOP", true},
      {"note", "ghp_0123456789abcdefghijABCDEFGHIJ012345", true},
      {"hub_token", "", false},
      {"hub_token", "<HUB_TOKEN>", false},
      {"hub_token", "********", false},
      {"pad_token", "<pad>", false},
      {"eos_token", "</s>", false},
      {"bos_token", "hello", false},
      {"tokens", "hello", false},
      {"note", "hf_short", false},
      {"note", "hf_ with spaces in it and longer than thirty", false},
      {"secretary", "name", false},
  };
  for (const Case& c : cases) EXPECT_EQ(IsSecret(c.name, c.value), c.wanted) << c.name << c.value;
}

}  // namespace
}  // namespace weighlock

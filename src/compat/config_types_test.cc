// What classes of 5.4 and later refuse, in the words in which they did (tried in 5.4.0, 5.12.0 and
// 5.23.0).
#include "compat/config_types.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace weighlock {
namespace {

struct Case {
  const char* config_class;
  const char* transformers;
  const char* config;
  const char* message;  // behind "Validation error for field ...: TypeError: "; "": it passes
};

const Case kCases[] = {
    {"BertConfig", "5.23.0", R"({"hidden_size":32})", ""},
    {"BertConfig", "5.23.0", R"({"hidden_size":32.0})",
     "Field 'hidden_size' expected int, got float (value: 32.0)"},
    {"BertConfig", "5.23.0", R"({"hidden_size":"32"})",
     "Field 'hidden_size' expected int, got str (value: '32')"},
    {"BertConfig", "5.23.0", R"({"hidden_size":true})",
     "Field 'hidden_size' expected int, got bool (value: True)"},
    {"BertConfig", "5.3.0", R"({"hidden_size":"32"})", ""},
    {"BertConfig", "5.4.0", R"({"hidden_dropout_prob":0})",
     "Field 'hidden_dropout_prob' expected float, got int (value: 0)"},
    {"BertConfig", "5.12.0", R"({"hidden_dropout_prob":0})", ""},
    {"BertConfig", "5.23.0", R"({"layer_norm_eps":"1e-12"})",
     "Field 'layer_norm_eps' expected float, got str (value: '1e-12')"},
    {"BertConfig", "5.23.0", R"({"eos_token_id":[1,2]})", ""},
    {"BertConfig", "5.23.0", R"({"no_such_key":"32"})", ""},
    {"LlamaConfig", "5.23.0", R"({"head_dim":null})", ""},
    {"LlamaConfig", "5.23.0", R"({"head_dim":"8"})",
     "Field 'head_dim' with value '8' doesn't match any type in (<class 'int'>, <class "
     "'NoneType'>). Errors: Field 'head_dim' expected int, got str (value: '8'); Field 'head_dim' "
     "expected NoneType, got str (value: '8')"},
    {"NoSuchConfig", "5.23.0", R"({"hidden_size":"32"})", ""},
};

TEST(ConfigTypes, RefuseAsTheRealClassesDo) {
  const auto types = ConfigTypes::Builtin();
  ASSERT_TRUE(types);
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(c.transformers) + " " + c.config);
    const auto config = ParseJson(AsBytes(std::string_view(c.config)), Limits());
    ASSERT_TRUE(config);
    const auto fault = types->FirstFault(c.config_class, *config, *Version::Parse(c.transformers));
    std::string message = fault ? fault->message : "";
    const size_t at = message.find("    TypeError: ");
    if (at != std::string::npos) message.erase(0, at + 15);
    EXPECT_EQ(message, c.message);
  }
}

// Only the row of a class that is asked for is ever parsed: here they all are.
TEST(ConfigTypes, AreJsonRowByRow) {
  const std::string text = ReadFile(WL_SOURCE_DIR "/kb/config_types.json");
  const auto whole = ParseJson(AsBytes(text), Limits());
  ASSERT_TRUE(whole);
  const auto types = ConfigTypes::Parse(text);
  ASSERT_TRUE(types);
  const JsonValue wrong =
      *ParseJson(AsBytes(std::string_view(R"({"hidden_size": "x"})")), Limits());
  size_t faults = 0;
  for (const JsonMember& row : whole->Find("classes")->members) {
    EXPECT_GE(row.value.items.size(), 2u) << row.name;
    faults += types->FirstFault(row.name, wrong, *Version::Parse("5.23.0")).has_value();
  }
  EXPECT_GT(faults, 300u);
}

}  // namespace
}  // namespace weighlock

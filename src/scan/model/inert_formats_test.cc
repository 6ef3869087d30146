// Binary files beside the weights: silent where every byte is explained, never clean where not.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "codec/crc32.h"
#include "scan/scanner.h"
#include "support/scan_of.h"

namespace weighlock {
namespace {

template <class T>
std::string Le(T value) {
  ByteVector bytes;
  AppendLe(bytes, value);
  return std::string(AsText(bytes));
}

std::string Be(uint32_t value) {
  const std::string little = Le(value);
  return {little.rbegin(), little.rend()};
}

std::string Raw(std::string_view bytes) {
  return std::string(bytes);
}
#define RAW(text) Raw(std::string_view(text, sizeof(text) - 1))

std::string Said(const ScanReport& report) {
  std::string text = report.files[0].format + "\n";
  for (const ScanFinding& f : report.findings) text += f.rule + " " + f.text + "\n";
  return text;
}

bool Has(const ScanReport& report, std::string_view rule) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const ScanFinding& finding) { return finding.rule == rule; });
}

const std::string kEvilPickle = "cos\nsystem\n(S'true'\ntR.";

std::string Chunk(const std::string& type, const std::string& data) {
  return Be(static_cast<uint32_t>(data.size())) + type + data + Be(Crc32(0, AsBytes(type + data)));
}

std::string Png() {
  return RAW("\x89PNG\r\n\x1a\n") + Chunk("IHDR", std::string(13, '\1')) + Chunk("IDAT", "xyz") +
         Chunk("IEND", "");
}

std::string Jpeg() {
  return RAW("\xFF\xD8\xFF\xE0\0\4ab\xFF\xDA\0\3cxy\xFF\0z\xFF\xD0z\xFF\xD9");
}

std::string Gif() {
  return RAW("GIF89a\1\0\1\0\x80\0\0abcdef\x21\xF9\4\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2ab\0;");
}

std::string Webp() {
  return RAW("RIFF\x10\0\0\0WEBPVP8 \3\0\0\0abc\0");
}

std::string SentencePiece() {
  return RAW(
      "\x0A\x0E\x0A\5<unk>\x15\0\0\0\0\x18\2\x0A\x0A\x0A\3\xE2\x96\x81\x15\0\0\x80\xBF"
      "\x12\4\x0A\2in\x1A\2\x18\1");
}

// {"params": {"w": ext 1 of 4 bytes, "b": [1, -1, 1.5, nil]}}
std::string Msgpack() {
  return RAW(
      "\x81\xA6params\x82\xA1w\xD6\1abcd\xA1"
      "b\x94\1\xFF\xCB\0\0\0\0\0\0\0\0\xC0");
}

// What TensorFlow writes for a record of these three bytes.
std::string TfRecord() {
  return RAW(
      "\3\0\0\0\0\0\0\0\xb0\x99\x49\x0e"
      "abc\x6e\x57\xf1\x21");
}

const std::vector<std::pair<std::string, std::string>> kHarmless = {
    {"a.png", Png()},
    {"a.jpg", Jpeg()},
    {"a.gif", Gif()},
    {"a.webp", Webp()},
    {"a.wav", RAW("RIFF\x0E\0\0\0WAVEdata\1\0\0\0a\0")},
    {"tokenizer.model", SentencePiece()},
    {"flax_model.msgpack", Msgpack()},
    {"card.txt", RAW("na\xEFve caf\xE9\r\n")},
    {"LICENSE", RAW("\x93quoted\x94 \xA9 2020\n")},
    {"vocab.txt", RAW("\xFF\xFE"
                      "a\0\n\0\x3D\xD8\0\xDE")},
    {"vocab.txt", RAW("\xFE\xFF\0a\0\n")},
    {"a.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0\"/></svg>"},
    {"a.html", "<!doctype html><p>x</p>"},
};

TEST(InertFormats, WholeFilesAreClean) {
  for (const auto& [name, bytes] : kHarmless) {
    const ScanReport report = ScanOf(name, bytes);
    EXPECT_TRUE(report.clean()) << name << "\n" << Said(report);
  }
}

TEST(InertFormats, CutFilesAreNot) {
  for (const auto& [name, bytes] : kHarmless) {
    // Text stays text wherever it ends, and so does what is left of a file that begins as text.
    if (name.ends_with(".txt") || name.ends_with(".svg") || name.ends_with(".html") ||
        name == "LICENSE")
      continue;
    for (size_t size = 4; size < bytes.size(); ++size) {
      const ScanReport report = ScanOf(name, bytes.substr(0, size));
      const bool is_text = report.files[0].format == "text";
      EXPECT_TRUE(is_text || !report.clean()) << name << " " << size;
    }
    for (size_t i = 0; i < bytes.size() * 8; ++i) {
      std::string flipped = bytes;
      flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
      (void)ScanOf(name, flipped);
    }
  }
}

TEST(InertFormats, WhatStandsBehindThemIsJudged) {
  for (const auto& [name, bytes] : kHarmless) {
    if (name.ends_with(".txt") || name.ends_with(".svg") || name.ends_with(".html") ||
        name == "LICENSE")
      continue;
    const ScanReport report = ScanOf(name, bytes + kEvilPickle);
    EXPECT_FALSE(report.clean()) << name;
    const bool is_picture = name.starts_with("a.");
    if (is_picture) {
      EXPECT_EQ(report.verdict, ScanVerdict::kDangerous) << name << Said(report);
      EXPECT_TRUE(Has(report, "WL-S-331")) << name;
    }
  }
}

TEST(InertFormats, OtherEncodingsAreOfTextOnly) {
  const std::string text = RAW("\xFF\xFE{\0}\0");
  EXPECT_TRUE(ScanOf("notes.txt", text).clean());
  EXPECT_FALSE(ScanOf("config.json", text).clean());
  EXPECT_FALSE(ScanOf("notes.txt", text.substr(0, 5)).clean());
  EXPECT_FALSE(ScanOf("notes.txt", text + RAW("\0\xD8")).clean());
  EXPECT_FALSE(ScanOf("notes.txt", RAW("caf\xE9\1")).clean());
}

TEST(InertFormats, TfRecordsFitTheirChecksums) {
  const std::string record = TfRecord();
  const ScanReport report = ScanOf("events.out.tfevents.1", record + record);
  EXPECT_TRUE(report.clean()) << Said(report);
  EXPECT_EQ(report.files[0].format, "tfrecord");
  std::string wrong = record;
  wrong[13] = 'x';
  EXPECT_FALSE(ScanOf("events.out.tfevents.1", wrong).clean());
  EXPECT_FALSE(ScanOf("events.out.tfevents.1", record + "x").clean());
}

TEST(InertFormats, WhatIsNotReadIsSaid) {
  const std::pair<std::string, std::string> files[] = {
      {"x.feather", "FEA1" + std::string(20, '\0')}, {"x.db", RAW("SQLite format 3\0")},
      {"x.tflite", RAW("\x1c\0\0\0TFL3")},           {"x.mlmodel", RAW("\x08\1\0\0")},
      {"x.7z", RAW("7z\xBC\xAF\x27\x1C\0\0")},
  };
  for (const auto& [name, bytes] : files) {
    const ScanReport report = ScanOf(name, bytes);
    EXPECT_TRUE(Has(report, "WL-S-001")) << name << Said(report);
    EXPECT_EQ(report.level, Level::kInconclusive) << name;
    EXPECT_NE(report.files[0].format, "unknown") << name;
  }
}

TEST(InertFormats, Documents) {
  EXPECT_TRUE(Has(ScanOf("a.svg", "<svg onload=\"x\"></svg>"), "WL-S-333"));
  EXPECT_TRUE(Has(ScanOf("a.html", "<html><SCRIPT>x</SCRIPT>"), "WL-S-333"));
  EXPECT_TRUE(ScanOf("a.html", "<html><script>x</script>").clean());
  EXPECT_TRUE(Has(ScanOf("a.pdf", "%PDF-1.4\n/OpenAction << /JS (x) >>"), "WL-S-333"));
  EXPECT_TRUE(Has(ScanOf("a.pdf", "%PDF-1.4\n%%EOF\n"), "WL-S-334"));
  EXPECT_TRUE(ScanOf("a.pdf", "%PDF-1.4\n%%EOF\n").clean());
  EXPECT_TRUE(Has(ScanOf("a.pdf", "%PDF-1.4\n"), "WL-S-002"));
}

TEST(InertFormats, WhatStandsInPlaceOfWeights) {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:" + std::string(64, '0') +
      "\nsize 5\n";
  EXPECT_TRUE(Has(ScanOf("pytorch_model.bin", pointer), "WL-S-421"));
  EXPECT_FALSE(ScanOf("pytorch_model.bin", pointer).clean());
  EXPECT_TRUE(Has(ScanOf("model.safetensors", "<!doctype html><p>404</p>"), "WL-S-422"));
  EXPECT_TRUE(Has(ScanOf("model.gguf", "Not Found"), "WL-S-422"));
  EXPECT_TRUE(Has(ScanOf("model.gguf", ""), "WL-S-422"));
  EXPECT_FALSE(Has(ScanOf("page.html", "<!doctype html><p>404</p>"), "WL-S-422"));
}

}  // namespace
}  // namespace weighlock

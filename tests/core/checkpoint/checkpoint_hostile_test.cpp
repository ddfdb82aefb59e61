// Files that are broken or made to break a reader: each is refused with a reason, without a crash
// and without much memory.

#include <clipwork/host/checkpoint.h>
#include <sys/resource.h>

#include <chrono>
#include <random>

#include "core/checkpoint_files.h"
#include "support.h"

using namespace clipwork;
using test::floats;
using test::little_endian;
using test::Pickle;
using test::ZipPart;

namespace {

struct Case {
  const char* title;
  std::string content;
  const char* reason;  ///< part of the message
};

/// A new file each time: disks take their time over a file that is cut to nothing and filled again.
std::filesystem::path rewrite(const test::ScratchFolder& scratch, const std::string& content) {
  std::filesystem::remove(scratch.path() / "file");
  return scratch.write("file", content);
}

void expect_refused(const std::vector<Case>& cases) {
  test::ScratchFolder scratch;
  for (const Case& one : cases) {
    SCOPED_TRACE(one.title);
    auto file = rewrite(scratch, one.content);
    try {
      read_checkpoint(file);
      ADD_FAILURE() << "was not refused";
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(one.reason), std::string::npos) << error.what();
      EXPECT_EQ(error.where().find(file.string()), 0u) << error.what();
    }
  }
}

Pickle with_tensor(const std::string& type, int64_t count, int64_t offset,
                   const std::vector<int64_t>& shape, const std::vector<int64_t>& strides) {
  Pickle pickle;
  pickle.raw("}").text("w").tensor("0", type, count, offset, shape, strides).raw("s");
  return pickle;
}

std::string archive(const Pickle& pickle) {
  return test::torch_zip(pickle.stop(), {floats({1, 2})});
}

std::string good_pickle() { return with_tensor("FloatStorage", 2, 0, {2}, {1}).stop(); }

std::string good_legacy() {
  return test::torch_legacy(good_pickle(), Pickle().raw("]").text("0").raw("a").stop() +
                                               little_endian(int64_t{2}) + floats({1, 2}));
}

std::vector<ZipPart> good_parts() {
  std::vector<ZipPart> parts(2);
  parts[0].name = "a/data.pkl";
  parts[0].data = good_pickle();
  parts[1].name = "a/data/0";
  parts[1].data = floats({1, 2});
  return parts;
}

template <class Change>
std::string changed_zip(Change change) {
  std::vector<ZipPart> parts = good_parts();
  change(parts);
  return test::zip(parts);
}

const std::string kGoodHeader =
    R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[4],"data_offsets":[8,12]}})";

std::string changed_header(const std::string& from, const std::string& to) {
  std::string header = kGoodHeader;
  header.replace(header.find(from), from.size(), to);
  return test::safetensors(header, std::string(12, '\0'));
}

std::string repeated(const std::string& text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string fixture_bytes(const std::string& name) {
  return test::read_file(test::source_dir() / "tests" / "data" / "checkpoint" / name);
}

/// One whole file of every format.
std::vector<std::pair<std::string, std::string>> whole_files() {
  return {{"torch.pth", fixture_bytes("torch.pth")},
          {"torch_legacy.pth", fixture_bytes("torch_legacy.pth")},
          {"numpy2_protocol2.pkl", fixture_bytes("numpy2_protocol2.pkl")},
          {"numpy2_protocol5.pkl", fixture_bytes("numpy2_protocol5.pkl")},
          {"safetensors", test::safetensors(kGoodHeader, std::string(12, '\1'))}};
}

/// Reads a file and every value of its tensors. Whether it could be read; only InputError may say
/// no.
bool read_all(const std::filesystem::path& file) {
  try {
    Checkpoint checkpoint = read_checkpoint(file);
    for (const auto& entry : checkpoint.tensors) {
      EXPECT_EQ(entry.value.clone().sizes(), entry.value.sizes());
    }
    return true;
  } catch (const InputError&) {
    return false;
  }
}

int64_t peak_memory_mb() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

}  // namespace

TEST(HostilePickle, RefusesOperandsThatDoNotFit) {
  auto pickle = [](const std::string& opcodes) { return Pickle().raw(opcodes).stop(); };
  expect_refused({
      {"value from an empty stack", pickle("0"), "not on the stack"},
      {"group that did not begin", pickle("t"), "was not begun"},
      {"values from below a mark", pickle("K\1(a"), "not on the stack"},
      {"item of an integer", pickle("K\1K\2K\3s"), "of the wrong type"},
      {"item of a list by key", pickle("]K\2K\3s"), "of the wrong type"},
      {"append to a dict", pickle("}K\2a"), "of the wrong type"},
      {"key without a value", pickle("}(K\1u"), "key without a value"},
      {"call of an integer", pickle("K\1)R"), "calls an integer"},
      {"call with a list", pickle("cos\nsystem\n]R"), "instead of arguments"},
      {"state of a tuple", pickle(")}b"), "restores a tuple from a state"},
      {"state of a dict that is no dict", pickle("}K\1b"), "state that is an integer"},
      {"global without texts", pickle("K\1K\2\x93"), "something other than strings"},
      {"value that was not remembered", pickle("h\7"), "was not set"},
      {"values left over", pickle("NN"), "left over"},
      {"mark left over", pickle("(N"), "left over"},
      {"unknown opcode", pickle("\xff"), "byte 2: contains the opcode 255"},
      {"extension code", pickle("\x82\1"), "opcode 130"},
      {"buffer outside of the file", pickle("\x97"), "opcode 151"},
      {"protocol 0 text", pickle("S'x'\n"), "opcode 83"},
      {"protocol 1", Pickle(1).raw("N").stop(), "protocol 1"},
      {"protocol 6", Pickle(6).raw("N").stop(), "protocol 6"},
      {"bytes behind the end", pickle("}") + "x", "has trailing bytes"},
      {"storage without an archive", good_pickle(), "the file has none"},
  });
}

TEST(HostilePickle, RefusesSizesThatTheFileCannotHold) {
  auto pickle = [](const std::string& opcodes) { return Pickle(5).raw(opcodes).stop(); };
  expect_refused({
      {"text", pickle("X" + little_endian(uint32_t{1} << 24)), "are left"},
      {"text of 4 GB", pickle("X\xff\xff\xff\xff"), "contains a string of"},
      {"bytes of 2^63", pickle("\x8e" + little_endian(uint64_t{1} << 63)), "are left"},
      {"bytes of 2^64 - 1", pickle("\x96" + little_endian(~uint64_t{0})), "are left"},
      {"integer", pickle("\x8b\xff\xff\xff\xff"), "are left"},
      {"frame", pickle("\x95" + little_endian(uint64_t{1} << 40)), "longer than the file"},
      {"line without an end", pickle("cabc"), "unterminated line"},
      {"memo", pickle("Nr\xff\xff\xff\xff"), "memoizes more than"},
  });
}

TEST(HostilePickle, RefusesDeepNesting) {
  expect_refused({
      {"marks", Pickle().raw(std::string(10000, '(')).stop(), "64 deep"},
      {"tuples", Pickle().raw(")" + repeated("\x85", 10000)).stop(), "64 deep"},
      {"lists", Pickle().raw(repeated("]", 64) + repeated("a", 63)).raw("\x85").stop(), "64 deep"},
      {"opaque values", Pickle().global("a", "b").raw(repeated(")R", 10000)).stop(), "64 deep"},
  });
}

TEST(HostilePickle, SurvivesListsThatHoldThemselvesAndBombsOfReferences) {
  // 100 dicts under "model", each with two keys that lead to the next.
  Pickle bomb;
  bomb.raw("}");
  for (int i = 0; i < 60; ++i) {
    bomb.raw("}q").raw(little_endian(static_cast<uint8_t>(i)));
    if (i > 0) {
      std::string before = "h" + little_endian(static_cast<uint8_t>(i - 1));
      bomb.raw("(").text("model").raw(before).text("state_dict").raw(before);
      bomb.text("model").raw(before).raw("u");
    }
  }
  for (int i = 0; i < 59; ++i) bomb.raw("0");
  bomb.raw("0}").text("model").raw("h\x3bsu");
  // A list deeper than any stack, filled from the outside in, inside an object.
  Pickle chain;
  chain.raw("}").text("x").global("a", "b").raw("(]2");
  for (int i = 0; i < 200000; ++i)
    chain.raw(
        "]q\1ah\1"
        "2");
  chain.raw("0tRs");
  Pickle itself;
  itself.raw("}q\1").text("model").raw("h\1s");
  test::ScratchFolder scratch;
  for (const Pickle* pickle : {&bomb, &chain, &itself}) {
    EXPECT_FALSE(read_all(scratch.write("file", pickle->stop())));
  }
}

TEST(HostilePickle, DecodesNoTextAgainAndAgain) {
  Pickle pickle;
  pickle.raw("]").global("_codecs", "encode").raw("q\1");
  pickle.text(std::string(1000, 'x')).raw("q\2").text("latin1").raw("q\3");
  for (int i = 0; i < 1000; ++i) pickle.raw("h\1h\2h\3\x86R0");
  expect_refused({{"decoding", pickle.stop(), "more text than the file"}});
}

TEST(HostileTensor, RefusesWhatLiesOutsideItsStorage) {
  constexpr int64_t kHuge = int64_t{1} << 62;
  auto tensor = [](int64_t count, int64_t offset, const std::vector<int64_t>& shape,
                   const std::vector<int64_t>& strides) {
    return archive(with_tensor("FloatStorage", count, offset, shape, strides));
  };
  expect_refused({
      {"longer than its entry", tensor(3, 0, {2}, {1}), "claims 12 bytes"},
      {"shorter than its entry", tensor(1, 0, {1}, {1}), "claims 4 bytes"},
      {"negative storage", tensor(-2, 0, {2}, {1}), "claims a storage of -2"},
      {"storage of 2^62", tensor(kHuge, 0, {2}, {1}), "claims a storage of"},
      {"other type", archive(with_tensor("DoubleStorage", 2, 0, {2}, {1})), "claims 16 bytes"},
      {"offset", tensor(2, 1, {2}, {1}), "exceed its storage"},
      {"negative offset", tensor(2, -1, {2}, {1}), "exceed its storage"},
      {"size", tensor(2, 0, {3}, {1}), "exceed its storage"},
      {"negative size", tensor(2, 0, {-1}, {1}), "exceed its storage"},
      {"product that wraps to 0", tensor(2, 0, {kHuge, 4}, {0, 0}), "exceed its storage"},
      {"product with 0 that wraps", tensor(2, 0, {0, kHuge, 4}, {1, 1, 1}), "exceed its storage"},
      {"stride", tensor(2, 0, {2}, {2}), "exceed its storage"},
      {"negative stride", tensor(2, 1, {2}, {-1}), "exceed its storage"},
      {"stride that wraps", tensor(2, 0, {3}, {kHuge}), "exceed its storage"},
      {"stride 0 that multiplies", tensor(2, 0, {1000000}, {0}), "exceed its storage"},
      {"missing stride", tensor(2, 0, {2}, {}), "exceed its storage"},
      {"too many dimensions",
       tensor(2, 0, std::vector<int64_t>(65, 1), std::vector<int64_t>(65, 1)),
       "too many dimensions"},
      {"shape of texts",
       archive(Pickle()
                   .raw("}")
                   .text("w")
                   .global("torch._utils", "_rebuild_tensor_v2")
                   .raw("((")
                   .text("storage")
                   .global("torch", "FloatStorage")
                   .text("0")
                   .text("cpu")
                   .number(2)
                   .raw("tQ")
                   .number(0)
                   .raw("(")
                   .text("2")
                   .raw("t")
                   .numbers({1})
                   .raw("\x89}tRs")),
       "other than integers"},
      {"unknown storage",
       archive(Pickle().raw("}").text("w").tensor("9", "FloatStorage", 2, 0, {2}, {1}).raw("s")),
       "the archive has 0"},
      {"name twice",
       archive(Pickle()
                   .raw("}")
                   .text("w")
                   .tensor("0", "FloatStorage", 2, 0, {2}, {1})
                   .raw("s")
                   .text("w")
                   .tensor("0", "FloatStorage", 2, 0, {2}, {1})
                   .raw("s")),
       "the name 'w' twice"},
      {"name that cannot be printed",
       archive(Pickle().raw("}").text("a\nb").tensor("0", "FloatStorage", 2, 0, {2}, {1}).raw("s")),
       "no printable name"},
      {"truth value of 2",
       test::torch_zip(with_tensor("BoolStorage", 1, 0, {1}, {1}).stop(), {std::string("\2")}),
       "other than 0 and 1"},
  });
}

TEST(HostileTensor, RefusesMoreViewsThanTheFileExplains) {
  Pickle many;
  many.raw("}");
  for (int i = 0; i < 200; ++i) {
    many.text("w" + std::to_string(i)).raw(i == 0 ? "" : "h\1");
    if (i == 0) many.tensor("0", "ByteStorage", 100000, 0, {100000}, {1}).raw("q\1");
    many.raw("s");
  }
  expect_refused({{"sharing", test::torch_zip(many.stop(), {std::string(100000, '\0')}),
                   "much more than the file"}});
}

TEST(HostileTensor, RefusesArraysWhoseBytesContradictTheirShape) {
  auto array = [](int64_t size, const std::string& type, const std::string& order) {
    Pickle pickle;
    pickle.raw("}").text("w").global("numpy.core.multiarray", "_reconstruct").raw("(");
    pickle.global("numpy", "ndarray").numbers({0}).raw("C\1btR(").number(1).numbers({size});
    pickle.global("numpy", "dtype").raw("(").text(type).raw("\x89\x88tR(").number(3).text(order);
    return pickle
        .raw(
            "NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\1tb\x89"
            "C\x08"
            "12345678tbs")
        .stop();
  };
  test::ScratchFolder scratch;
  expect_refused({
      {"too long", array(3, "f4", "<"), "with 8 bytes"},
      {"too short", array(1, "f4", "<"), "with 8 bytes"},
      {"negative", array(-2, "f4", "<"), "with 8 bytes"},
      {"2^62", array(int64_t{1} << 62, "f4", "<"), "with 8 bytes"},
      {"unknown type", array(2, "u4", "<"), "the element type 'u4'"},
  });
}

TEST(HostileZip, RefusesWhatTwoReadersCouldUnderstandDifferently) {
  std::string good = test::zip(good_parts());
  auto cut = good;
  cut.resize(cut.size() - 1);
  std::string many = good;
  many[many.size() - 12] = many[many.size() - 14] = 1;
  std::string far = good;
  far[far.size() - 6] ^= 1;
  // A zip64 record that moves the directory away.
  std::string lying = good.substr(0, good.size() - 22);
  uint64_t end = lying.size();
  lying += "PK\x06\x06" + little_endian(uint64_t{44}) + std::string(12, '\0') +
           little_endian(uint64_t{2}) + little_endian(uint64_t{2}) + little_endian(uint64_t{46}) +
           little_endian(uint64_t{0});
  lying += "PK\x06\x07" + std::string(4, '\0') + little_endian(end) + little_endian(uint32_t{1});
  lying += good.substr(good.size() - 22);
  expect_refused({
      {"compressed", changed_zip([](auto& p) { p[1].method = 8; }),
       "is compressed; create the archive without"},
      {"encrypted", changed_zip([](auto& p) { p[1].flags = 1; }), "encrypted"},
      {"other name in the local header", changed_zip([](auto& p) { p[1].local_name = "a/data/1"; }),
       "differs from its description"},
      {"other size in the local header", changed_zip([](auto& p) { p[1].local_size = 4; }),
       "differs from its description"},
      {"size beyond the archive",
       changed_zip([](auto& p) { p[1].directory_size = p[1].local_size = 1 << 30; }), "are left"},
      {"size kept elsewhere", changed_zip([](auto& p) { p[1].directory_size = 0xFFFFFFFF; }),
       "has no size or offset"},
      {"descriptor that is missing", changed_zip([](auto& p) { p[0].flags = 8; }), "descriptor"},
      {"overlapping", changed_zip([](auto& p) { p[1].offset = 0; }), "overlaps"},
      {"the same bytes twice", changed_zip([](auto& p) {
         p[1] = p[0];
         p[1].offset = 0;
       }),
       "overlaps"},
      {"a name twice", changed_zip([](auto& p) { p[1].name = p[0].name; }), "twice"},
      {"two folders", changed_zip([](auto& p) { p[1].name = "b/data/0"; }),
       "not in the one folder"},
      {"no folder", changed_zip([](auto& p) { p[1].name = "data"; }), "not in the one folder"},
      {"a name with a line's end", changed_zip([](auto& p) { p[1].name = "a/\n"; }), "printable"},
      {"bytes between entries", test::zip(good_parts(), "hidden"), "belong to no entry"},
      {"bytes before the archive", "PK\x03\x04junk" + good, "directly before its end"},
      {"bytes behind the archive", good + "junk", "no end-of-central-directory record"},
      {"wrong number of entries", many, "entries, but its end record"},
      {"directory elsewhere", far, "directly before its end"},
      {"zip64 that contradicts", lying, "contradictory records"},
      {"cut off", cut, "no end-of-central-directory record"},
      {"without a pickle", changed_zip([](auto& p) { p[0].name = "a/other"; }), "data.pkl"},
      {"TorchScript", changed_zip([](auto& p) { p[1].name = "a/constants.pkl"; }), "TorchScript"},
      {"nothing", test::zip({}), "without 'data.pkl'"},
  });
}

TEST(HostileLegacy, RefusesStoragesThatContradictTheirDescription) {
  std::string keys = Pickle().raw("]").text("0").raw("a").stop();
  std::string data = little_endian(int64_t{2}) + floats({1, 2});
  auto legacy = [](const std::string& behind) { return test::torch_legacy(good_pickle(), behind); };
  auto view = [&](int64_t offset, int64_t count) {
    Pickle pickle;
    pickle.raw("}").text("w").global("torch._utils", "_rebuild_tensor").raw("((").text("storage");
    pickle.global("torch", "FloatStorage").text("0").text("cpu").number(2).raw("(").text("v");
    pickle.number(offset).number(count).raw("ttQ").number(0).numbers({1}).numbers({1}).raw("tRs");
    return test::torch_legacy(pickle.stop(), keys + data);
  };
  EXPECT_TRUE([&] {
    test::ScratchFolder scratch;
    return read_all(scratch.write("good", good_legacy())) &&
           read_all(scratch.write("view", view(1, 1)));
  }());
  expect_refused({
      {"other count", legacy(keys + little_endian(int64_t{3}) + floats({1, 2, 3})), "3 elements"},
      {"negative count", legacy(keys + little_endian(int64_t{-1})), "-1 elements"},
      {"missing data", legacy(keys + little_endian(int64_t{2}) + "1234"), "are left"},
      {"missing storage", legacy(Pickle().raw("]").stop()), "is missing the storage '0'"},
      {"storage twice",
       legacy(Pickle().raw("](").text("0").text("0").raw("e").stop() + data + data),
       "is listed twice"},
      {"unknown storage", legacy(Pickle().raw("](").text("0").text("1").raw("e").stop() + data),
       "'1', which is unknown"},
      {"bytes behind", legacy(keys + data + "x"), "trailing bytes after its last storage"},
      {"part outside", view(2, 1), "outside of it"},
      {"part that wraps", view(1, INT64_MAX), "outside of it"},
      {"negative part", view(-1, 1), "outside of it"},
  });
}

TEST(HostileSafetensors, RefusesHeadersThatDoNotDescribeTheData) {
  auto header = [](const std::string& text) {
    return test::safetensors(text, std::string(12, '\0'));
  };
  expect_refused({
      {"header longer than the file",
       little_endian(uint64_t{1000}) + kGoodHeader + std::string(12, '\0'),
       "not a supported checkpoint"},
      {"header of 2^64 - 1", little_endian(~uint64_t{0}) + kGoodHeader,
       "not a supported checkpoint"},
      {"header that is most of a large file",
       test::safetensors(kGoodHeader + std::string(3 << 20, ' '), std::string(12, '\0')),
       "too long"},
      {"name twice", changed_header("\"b\"", "\"a\""), "the name 'a' twice"},
      {"field twice", changed_header("\"shape\":[2]", "\"shape\":[2],\"shape\":[2]"),
       "'shape' twice"},
      {"gap", changed_header("[8,12]", "[9,12]"), "begins at 9"},
      {"overlap", changed_header("[8,12]", "[4,12]"), "begins at 4"},
      {"end before begin", changed_header("[8,12]", "[8,4]"), "ends at 4"},
      {"data left over", changed_header("4],\"data_offsets\":[8,12]", "3],\"data_offsets\":[8,11]"),
       "describes 11"},
      {"data missing", changed_header("4],\"data_offsets\":[8,12]", "9],\"data_offsets\":[8,17]"),
       "describes 17"},
      {"shape that contradicts", changed_header("[2]", "[3]"), "contradict"},
      {"shape that wraps", changed_header("[2]", "[4611686018427387904,8]"), "contradict"},
      {"shape of 0 that wraps", changed_header("[2]", "[0,4611686018427387904,8]"), "contradict"},
      {"negative shape", changed_header("[2]", "[-2]"), "unexpected type"},
      {"fraction", changed_header("[2]", "[2.0]"), "unexpected type"},
      {"size beyond 2^63", changed_header("[2]", "[18446744073709551615]"), "unexpected type"},
      {"unknown type", changed_header("F32", "F8_E4M3"), "the dtype 'F8_E4M3'"},
      {"unknown field", changed_header("\"shape\":[2]", "\"shape\":[2],\"x\":1"),
       "unexpected type"},
      {"missing field", changed_header("\"shape\":[2],", ""), "needs a dtype"},
      {"offsets of three", changed_header("[0,8]", "[0,8,8]"), "needs a dtype"},
      {"empty name", changed_header("\"a\"", "\"\""), "not printable"},
      {"name with an escape sequence", changed_header("\"a\"", "\"\\u001b[2J\""), "not printable"},
      {"name that is not UTF-8", changed_header("\"a\"", "\"\xff\""), "Invalid encoding"},
      {"metadata that is no text", changed_header("{\"a\"", "{\"__metadata__\":{\"k\":1},\"a\""),
       "unexpected type"},
      {"deep nesting", header("{\"a\":" + repeated("{\"a\":", 100000)), "unexpected type"},
      {"deep lists", header("{\"a\":" + std::string(100000, '[')), "unexpected type"},
      {"cut off", header("{\"a\":{\"dtype\""), "header, byte"},
      {"two objects", header("{}{}"), "header, byte"},
      {"truth value of 2",
       test::safetensors(R"({"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}})", "\2"),
       "other than 0 and 1"},
  });
}

TEST(HostileFiles, AreReadWholeOrRefusedWhereverTheyAreCutOff) {
  test::ScratchFolder scratch;
  for (const auto& [name, content] : whole_files()) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(read_all(scratch.write("file", content)));
    for (size_t length = 0; length < content.size(); ++length) {
      EXPECT_FALSE(read_all(rewrite(scratch, content.substr(0, length)))) << length;
    }
  }
}

TEST(HostileFiles, DoNoHarmWithAnyBytesChanged) {
  test::ScratchFolder scratch;
  std::mt19937 random(1);
  for (const auto& [name, content] : whole_files()) {
    SCOPED_TRACE(name);
    size_t read = 0;
    for (int i = 0; i < 2000; ++i) {
      std::string changed = content;
      for (size_t count = 1 + random() % 3; count > 0; --count) {
        changed[random() % changed.size()] = static_cast<char>(random());
      }
      read += read_all(rewrite(scratch, changed));
    }
    EXPECT_LT(read, 2000u);
  }
}

TEST(HostileNames, AreRefusedBeyondTheirLongest) {
  const std::string longest(1024, '7'), longer(1025, '7');
  test::ScratchFolder scratch;
  for (const auto& [format, content] : test::files_of_names({longest})) {
    EXPECT_TRUE(read_all(scratch.write(format, content))) << format;
  }
  std::vector<Case> cases;
  for (const auto& [format, content] : test::files_of_names({longer})) {
    cases.push_back({"longer", content, "a name of 1025 bytes, expected at most 1024"});
  }
  for (const auto& [format, content] : test::files_of_names({std::string(50'000, '7')})) {
    cases.push_back({"much longer", content, "a name of 50000 bytes"});
  }
  expect_refused(cases);
}

TEST(HostileNames, WithControlCharactersAreRefusedOrNotPrinted) {
  std::vector<Case> cases;
  for (const auto& [format, content] : test::files_of_names({"a\xc2\x9b"
                                                             "31m"})) {
    cases.push_back({"control sequence introducer", content, "printable"});
  }
  expect_refused(cases);
  Pickle pickle;
  pickle.raw("}(").text("w").tensor("0", "FloatStorage", 2, 0, {2}, {1});
  pickle.text("args").global("evil\x1b]0;title\x07", "name\x1b[2J").raw(")Ru");
  test::ScratchFolder scratch;
  const Checkpoint checkpoint = read_checkpoint(scratch.write("file", archive(pickle)));
  ASSERT_EQ(checkpoint.remarks.size(), 1u);
  EXPECT_EQ(checkpoint.remarks[0].find('\x1b'), std::string::npos) << checkpoint.remarks[0];
  EXPECT_SAYS(checkpoint.remarks[0], "'args' needs '(");
}

TEST(HostilePickle, RecallsLongTextsAgainAndAgainInLittleTime) {
  // Quadratic, these take minutes.
  constexpr int kTimes = 400'000;
  const std::string text(1 << 20, 'a');
  Pickle keys, metadata, storages;
  keys.raw("}")
      .text(text)
      .raw(
          "q\1"
          "0(")
      .text("w")
      .array({1}, floats({1}));
  keys.raw(repeated("h\1N", kTimes)).raw("u");
  metadata.raw("}")
      .text(text.substr(0, 4096))
      .raw(
          "q\1"
          "0(")
      .text("w")
      .array({1}, floats({1}));
  metadata.raw(repeated("h\1h\1", kTimes)).raw("u");
  storages.raw("](")
      .text(text.substr(0, 256))
      .raw("q\1")
      .global("torch", "FloatStorage")
      .raw("q\2");
  storages.text("storage").raw("q\3").text("cpu").raw("q\4");
  storages.raw(repeated("(h\3h\2h\1h\4K\2tQ", 20'000)).raw("e");
  std::vector<ZipPart> parts(2);
  parts[0].name = "a/data.pkl";
  parts[0].data = storages.stop();
  parts[1].name = "a/data/" + text.substr(0, 256);
  parts[1].data = floats({1, 2});
  test::ScratchFolder scratch;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(read_all(scratch.write("keys", keys.stop())));
  EXPECT_TRUE(read_all(scratch.write("metadata", metadata.stop())));
  EXPECT_FALSE(read_all(scratch.write("storages", test::zip(parts))));  // there is no tensor
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(HostilePickle, RefusesMoreThanItsBudgets) {
  const std::string key(257, '1');
  Pickle tensors(4), views;
  tensors.raw("}(");
  for (int i = 0; i <= 50'000; ++i) {
    tensors.text(std::to_string(i));
    if (i == 0) {
      tensors.array({1}, floats({1})).raw("q\1");
    } else {
      tensors.raw("h\1");
    }
  }
  tensors.raw("u");
  // One tensor's constructor and arguments, called again and again.
  views.raw("](").global("torch._utils", "_rebuild_tensor_v2").raw("q\1((").text("storage");
  views.global("torch", "FloatStorage").text("0").text("cpu").number(2).raw("tQ");
  views.number(0).numbers({2}).numbers({1}).raw("\x89}tq\2");
  views.raw(repeated("h\1h\2R", 200'001)).raw("e");
  expect_refused({
      {"tensors", tensors.stop(), "contains more than 50000 tensors"},
      {"views", archive(views), "describes more than 200000 tensors"},
      {"key",
       archive(Pickle().raw("}").text("w").tensor(key, "FloatStorage", 2, 0, {2}, {1}).raw("s")),
       "a key of 257 bytes, expected at most 256"},
  });
}

TEST(HostileFiles, CostLittleMemory) {
  test::ScratchFolder scratch;
  read_all(scratch.write("file", good_legacy()));
  int64_t before = peak_memory_mb();
  for (const std::string& content : {
           Pickle().raw("Nr" + little_endian(uint32_t{9999999})).stop(),
           test::torch_legacy(with_tensor("FloatStorage", int64_t{1} << 40, 0, {2}, {1}).stop(),
                              ""),
           Pickle(5).raw("\x96" + little_endian(uint64_t{1} << 40)).stop(),
           test::safetensors(
               R"({"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}})",
               ""),
       }) {
    EXPECT_FALSE(read_all(scratch.write("file", content)));
  }
  EXPECT_LT(peak_memory_mb() - before, 100);
}

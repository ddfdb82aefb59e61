#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/host/checkpoint.h>

#include "core/checkpoint_files.h"
#include "support.h"

using namespace clipwork;
using test::Pickle;
using test::put_tensors;

namespace {

std::filesystem::path fixture(const std::string& name) {
  return test::source_dir() / "tests" / "data" / "checkpoint" / name;
}

std::vector<std::string> names(const Checkpoint& checkpoint) {
  std::vector<std::string> all;
  for (const auto& entry : checkpoint.tensors) all.push_back(entry.name);
  return all;
}

Tensor ramp() { return at::arange(12, at::kFloat).view({3, 4}); }

/// Equal in type, shape and every value.
void expect_same(const Checkpoint& checkpoint, const std::string& name, const Tensor& expected) {
  const Tensor* found = checkpoint.find(name);
  ASSERT_NE(found, nullptr) << name;
  EXPECT_EQ(found->scalar_type(), expected.scalar_type()) << name;
  EXPECT_TRUE(at::equal(*found, expected)) << name;
}

void expect_torch_weights(const Checkpoint& checkpoint) {
  EXPECT_EQ(names(checkpoint),
            (std::vector<std::string>{"ramp", "view", "bfloat", "count", "kept"}));
  expect_same(checkpoint, "ramp", ramp());
  expect_same(checkpoint, "view", ramp().slice(0, 1).slice(1, 0, 4, 2));
  expect_same(checkpoint, "bfloat", at::tensor({1.0f, -2.5f}).to(at::kBFloat16));
  expect_same(checkpoint, "count", at::scalar_tensor(7, at::kLong));
  expect_same(checkpoint, "kept", at::ones({2}));
  EXPECT_EQ(checkpoint.metadata.at("iteration"), "5");
}

void expect_numpy_weights(const Checkpoint& checkpoint) {
  Tensor rows = at::arange(6, at::kFloat).view({2, 3});
  EXPECT_EQ(checkpoint.format, "pkl");
  expect_same(checkpoint, "rows", rows);
  expect_same(checkpoint, "columns", rows);
  expect_same(checkpoint, "steps", at::arange(0, 10, 3));
  expect_same(checkpoint, "number", at::scalar_tensor(2.5, at::kFloat));
  expect_same(checkpoint, "big_endian", at::arange(3, at::kFloat));
  expect_same(checkpoint, "half", at::tensor({1.5f}).to(at::kHalf));
  expect_same(checkpoint, "truth", at::tensor({1, 0}).to(at::kBool));
  expect_same(checkpoint, "nothing", at::zeros({0, 3}));
  EXPECT_EQ(checkpoint.metadata.at("__author__"), "somebody");
  EXPECT_EQ(checkpoint.metadata.at("matching_heuristics"), "true");
}

std::string refusal(const std::filesystem::path& file) {
  return test::error_of<InputError>([&] { read_checkpoint(file); });
}

std::string refusal(const std::string& content) {
  test::ScratchFolder scratch;
  return refusal(scratch.write("file", content));
}

Checkpoint read(const std::string& content) {
  test::ScratchFolder scratch;
  return read_checkpoint(scratch.write("file", content));
}

}  // namespace

TEST(Checkpoint, ReadsWhatPyTorchWrites) {
  Checkpoint checkpoint = read_checkpoint(fixture("torch.pth"));
  EXPECT_EQ(checkpoint.format, "pth (zip)");
  expect_torch_weights(checkpoint);
}

TEST(Checkpoint, ReadsWhatPyTorchWroteBeforeVersion16) {
  Checkpoint checkpoint = read_checkpoint(fixture("torch_legacy.pth"));
  EXPECT_EQ(checkpoint.format, "pth (legacy)");
  expect_torch_weights(checkpoint);
}

TEST(Checkpoint, ReadsArraysOfBothNumpysInProtocols2To5) {
  for (const char* name : {"numpy1_protocol2.pkl", "numpy2_protocol2.pkl", "numpy2_protocol4.pkl",
                           "numpy2_protocol5.pkl"}) {
    SCOPED_TRACE(name);
    expect_numpy_weights(read_checkpoint(fixture(name)));
  }
}

TEST(Checkpoint, TellsFormatsApartByContentAndNotByName) {
  test::ScratchFolder scratch;
  std::string content = test::read_file(fixture("torch_legacy.pth"));
  EXPECT_EQ(read_checkpoint(scratch.write("weights.pkl", content)).format, "pth (legacy)");
  EXPECT_NE(refusal(scratch.write("weights.pth", "hello")).find("not a supported checkpoint"),
            std::string::npos);
  EXPECT_NE(refusal(scratch.write("empty.pth", "")).find("is not a checkpoint: the file is empty"),
            std::string::npos);
  EXPECT_NE(refusal(scratch.path() / "none.pth").find("No such file"), std::string::npos);
  EXPECT_NE(refusal(scratch.path()).find("has no checkpoint"), std::string::npos);
}

TEST(Checkpoint, NamesObjectsThatItPassedOver) {
  Checkpoint checkpoint = read_checkpoint(fixture("torch.pth"));
  ASSERT_EQ(checkpoint.remarks.size(), 2u);
  EXPECT_NE(checkpoint.remarks[0].find("'args' needs 'argparse.Namespace' (byte 6"),
            std::string::npos);
  EXPECT_NE(checkpoint.remarks[1].find("'module.'"), std::string::npos);
}

namespace {

/// A dict of PyTorch's tables of tensors [1]: the names of each by the keys that lead to it.
std::string tables(const std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>>&
                       names_of_table) {
  Pickle pickle;
  pickle.raw("}(");
  for (const auto& [keys, names] : names_of_table) {
    for (size_t i = 0; i + 1 < keys.size(); ++i) pickle.text(keys[i]).raw("}");
    pickle.text(keys.back());
    put_tensors(pickle, names);
    for (size_t i = 0; i + 1 < keys.size(); ++i) pickle.raw("s");
  }
  return test::torch_zip(pickle.raw("u").stop(), {test::floats({1})});
}

Checkpoint read_part(const std::string& content, const std::string& key) {
  test::ScratchFolder scratch;
  return read_checkpoint(scratch.write("file", content).string() + "#" + key);
}

}  // namespace

TEST(Checkpoint, FindsTheWeightsUnderTheKeysThatProgramsUse) {
  using Keys = std::vector<std::string>;
  for (const Keys& keys :
       {Keys{"model"}, Keys{"state_dict"}, Keys{"model_state_dict"}, Keys{"model_state"},
        Keys{"net"}, Keys{"network"}, Keys{"params"}, Keys{"weights"}, Keys{"ema"},
        Keys{"ema_state_dict"}, Keys{"teacher"}, Keys{"student"}, Keys{"somewhere"},
        Keys{"model", "state_dict"}, Keys{"state_dict", "model"}, Keys{"checkpoint", "model"},
        Keys{"checkpoint", "somewhere"}}) {
    SCOPED_TRACE(keys.front());
    const Checkpoint checkpoint =
        read(tables({{{"optimizer", "state"}, {"x", "y", "z"}}, {keys, {"a", "b"}}}));
    EXPECT_EQ(names(checkpoint), (std::vector<std::string>{"a", "b"}));
    const bool said = keys == Keys{"model"} || keys == Keys{"state_dict"};
    EXPECT_EQ(checkpoint.choice.empty(), said) << checkpoint.choice;
  }
}

TEST(Checkpoint, FindsTheWeightsInAList) {
  Pickle pickle;
  pickle.raw("](");
  put_tensors(pickle, {"a", "b"});
  pickle.raw("}e");
  EXPECT_EQ(names(read(test::torch_zip(pickle.stop(), {test::floats({1})}))),
            (std::vector<std::string>{"a", "b"}));
}

TEST(Checkpoint, SaysWhichOfSeveralWeightsItReadAndReadsTheOthersByTheirKey) {
  const std::string file = tables({{{"ema"}, {"e", "f"}}, {{"model"}, {"a", "b"}}});
  const Checkpoint checkpoint = read(file);
  EXPECT_EQ(names(checkpoint), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(checkpoint.choice,
            "the weights are those in 'model'; the file also has weights in 'ema': FILE#ema reads "
            "those");
  EXPECT_EQ(checkpoint.remarks, std::vector<std::string>{checkpoint.choice});
  EXPECT_EQ(names(read_part(file, "ema")), (std::vector<std::string>{"e", "f"}));
  EXPECT_EQ(read_part(file, "ema").key, "ema");
  const std::string nested = tables({{{"run", "first"}, {"a"}}, {{"run", "second"}, {"b"}}});
  EXPECT_EQ(names(read_part(nested, "run.second")), std::vector<std::string>{"b"});
}

TEST(Checkpoint, ReadsAPartOfTheWeightsByAPrefix) {
  const std::vector<std::string> both = {"student.a", "teacher.a", "teacher.module.b", "queue"};
  for (const auto& [format, content] : test::files_of_names(both)) {
    SCOPED_TRACE(format);
    EXPECT_EQ(names(read_part(content, "teacher")).size(), 2u);
    EXPECT_EQ(names(read_part(content, "student")), std::vector<std::string>{"a"});
  }
  const std::string error = test::error_of<InputError>([&] {
    read_part(tables({{{"model"}, both}, {{"ema"}, {"a"}}}), "master");
  });
  EXPECT_SAYS(error, "has neither weights named 'master' nor names that begin with 'master.'");
  EXPECT_SAYS(error, "choose one of model, ema, or a prefix of its names");
}

TEST(Checkpoint, AFileWithASharpInItsNameIsReadWhole) {
  test::ScratchFolder scratch;
  const auto file = scratch.write("a#ema", tables({{{"model"}, {"a"}}, {{"ema"}, {"e"}}}));
  EXPECT_EQ(names(read_checkpoint(file)), std::vector<std::string>{"a"});
}

TEST(Checkpoint, TellsWhatAnotherFileIs) {
  test::ScratchFolder scratch;
  struct Other {
    const char* content;
    const char* kind;
  };
  for (const Other& other :
       {Other{"<!DOCTYPE html><html><title>Google Drive - Quota exceeded</title></html>",
              "is an HTML page"},
        Other{"version https://git-lfs.github.com/spec/v1\noid sha256:4665\nsize 12345\n",
              "is a Git LFS pointer"},
        Other{"\x1f\x8b\x08\x08", "is compressed by gzip"}, Other{"", "is empty"},
        Other{"\x89HDF\r\n\x1a\n", "is an HDF5 file"}}) {
    EXPECT_SAYS(refusal(scratch.write("model.pth", other.content)), other.kind);
  }
  EXPECT_SAYS(refusal(scratch.write("old.pth", std::string(257, 'x') + "ustar")), "a tar archive");
  EXPECT_SAYS(refusal(scratch.write("model.safetensors.index.json", "{\"weight_map\": {}}")),
              "the index of a checkpoint in several files");
}

TEST(Checkpoint, NamesTheCheckpointInAZipArchiveAndTellsToUnpackIt) {
  for (const uint16_t method : {0, 8}) {
    for (const char* name : {"plain.pth", "weights/model.safetensors"}) {
      std::vector<test::ZipPart> parts(2);
      parts[0].name = "read_me.txt";
      parts[1].name = name;
      parts[1].data = "content";
      parts[1].method = method;
      const std::string error = refusal(test::zip(parts));
      EXPECT_SAYS(error, "is a zip archive that contains the checkpoint '" + std::string(name));
      EXPECT_SAYS(error, "unpack it (`unzip ");
    }
  }
}

TEST(Checkpoint, ReadsArraysInPicklesOfPython2) {
  Pickle pickle;
  pickle.raw("}").bytes("blobs").raw("}(");
  pickle.bytes("conv1_w").array({2, 2}, test::floats({1, 2, 3, 4}));
  pickle.bytes("columns").array({2, 2}, test::floats({1, 3, 2, 4}), "f4", "<", /*fortran=*/true);
  pickle.bytes("swapped").array({2}, std::string("\x00\x01\x02\x03", 4), "i2", ">");
  pickle.raw("us");
  const Checkpoint checkpoint = read(pickle.stop());
  EXPECT_EQ(checkpoint.choice, "the weights are those in 'blobs'");
  const Tensor square = at::tensor({1.0f, 2.0f, 3.0f, 4.0f}).view({2, 2});
  expect_same(checkpoint, "conv1_w", square);
  expect_same(checkpoint, "columns", square);
  expect_same(checkpoint, "swapped", at::tensor({1, 0x0203}).to(at::kShort));
}

TEST(Checkpoint, NeverRunsWhatAFileNames) {
  auto archive = [](const Pickle& pickle) {
    return test::torch_zip(pickle.stop(), {test::floats({1, 2})});
  };
  test::ScratchFolder scratch;
  std::string touch = "touch " + (scratch.path() / "ran").string();
  Pickle stored;
  stored.raw("}(").text("w").tensor("0", "FloatStorage", 2, 0, {2}, {1});
  stored.text("x").global("os", "system").raw("(").text(touch).raw("tRu");
  Checkpoint checkpoint = read(archive(stored));
  EXPECT_EQ(names(checkpoint), std::vector<std::string>{"w"});
  ASSERT_EQ(checkpoint.remarks.size(), 1u);
  EXPECT_NE(checkpoint.remarks[0].find("'os.system'"), std::string::npos);

  Pickle needed;
  needed.raw("}").text("w").global("os", "system").raw("(");
  needed.tensor("0", "FloatStorage", 2, 0, {2}, {1}).raw("tRs");
  EXPECT_NE(refusal(archive(needed))
                .find("'w' cannot be read as a tensor: it needs 'os.system' (byte 9)"),
            std::string::npos);

  Pickle as_shape;
  as_shape.raw("}")
      .text("w")
      .global("torch._utils", "_rebuild_tensor_v2")
      .raw("((")
      .text("storage");
  as_shape.global("torch", "FloatStorage").text("0").text("cpu").number(2).raw("tQ").number(0);
  as_shape.global("os", "system").raw("(").text(touch).raw("tR").numbers({1}).raw("tRs");
  EXPECT_NE(refusal(archive(as_shape)).find("needs 'os.system'"), std::string::npos);

  Pickle as_storage;
  as_storage.raw("}")
      .text("w")
      .global("torch._utils", "_rebuild_tensor_v2")
      .raw("((")
      .text("storage");
  as_storage.global("os", "system").text("0").text("cpu").number(2).raw("tQ");
  as_storage.number(0).numbers({2}).numbers({1}).raw("tRs");
  EXPECT_NE(refusal(archive(as_storage)).find("it needs 'os.system'"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(scratch.path() / "ran"));
}

TEST(Checkpoint, SaysWhatToDoWithAWholeModelAndWithOtherTables) {
  Pickle model;
  model.global("mine", "Model").raw(")\x81}b");
  EXPECT_NE(refusal(model.stop()).find("'mine.Model' (byte 2), not a table of weights; save the"),
            std::string::npos);
  Pickle other;
  other.raw("}").text("values").number(1).raw("s");
  EXPECT_NE(refusal(other.stop()).find("its keys are 'values'"), std::string::npos);
}

TEST(Checkpoint, RemarksAWrongChecksumAndReadsOn) {
  std::vector<test::ZipPart> parts(2);
  parts[0].name = "a/data.pkl";
  parts[0].data =
      Pickle().raw("}").text("w").tensor("0", "FloatStorage", 1, 0, {1}, {1}).raw("s").stop();
  parts[1].name = "a/data/0";
  parts[1].data = test::floats({3});
  parts[1].wrong_crc = true;
  Checkpoint checkpoint = read(test::zip(parts));
  expect_same(checkpoint, "w", at::tensor({3.0f}));
  ASSERT_EQ(checkpoint.remarks.size(), 1u);
  EXPECT_NE(checkpoint.remarks[0].find("checksum of 'data/0'"), std::string::npos);
}

TEST(Checkpoint, SwapsTheBytesOfABigEndianArchive) {
  std::vector<test::ZipPart> parts(3);
  parts[0].name = "a/data.pkl";
  parts[0].data =
      Pickle().raw("}").text("w").tensor("0", "ShortStorage", 2, 0, {2}, {1}).raw("s").stop();
  parts[1].name = "a/data/0";
  parts[1].data = std::string("\x01\x02\x00\x03", 4);
  parts[2].name = "a/byteorder";
  parts[2].data = "big";
  expect_same(read(test::zip(parts)), "w", at::tensor({0x0102, 3}).to(at::kShort));
}

TEST(Checkpoint, KeepsItsTensorsWhenTheFileIsRemovedAndTheFileWhenTheyAreWritten) {
  test::ScratchFolder scratch;
  auto file = scratch.path() / "w.safetensors";
  write_safetensors(file, {{"w", ramp()}});
  Checkpoint checkpoint = read_checkpoint(file);
  checkpoint.tensors[0].value.fill_(9);
  expect_same(read_checkpoint(file), "w", ramp());
  Tensor kept = read_checkpoint(file).tensors[0].value;
  std::filesystem::remove(file);
  EXPECT_TRUE(at::equal(kept, ramp()));
}

TEST(Checkpoint, NoticesThatItsFileWasCutOff) {
  test::ScratchFolder scratch;
  auto file = scratch.path() / "w.safetensors";
  write_safetensors(file, {{"w", ramp()}});
  Checkpoint checkpoint = read_checkpoint(file);
  EXPECT_NO_THROW(checkpoint.check());
  std::filesystem::resize_file(file, 80);
  EXPECT_THROW(checkpoint.check(), InputError);
}

namespace {

/// A tensor of every type, and of shapes that are easily lost.
std::vector<CheckpointEntry> all_kinds() {
  std::vector<CheckpointEntry> entries;
  for (auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt,
                    at::kShort, at::kChar, at::kByte}) {
    entries.push_back({c10::toString(type), ramp().to(type)});
  }
  entries.push_back({"truth", at::tensor({1, 0, 1}).to(at::kBool)});
  entries.push_back({"scalar", at::scalar_tensor(2.5)});
  entries.push_back({"nothing", at::zeros({0, 4})});
  entries.push_back({"columns", ramp().t()});
  entries.push_back({"ümläut \"quoted\"", ramp()});
  return entries;
}

}  // namespace

TEST(Safetensors, HoldsEveryTypeAndShapeThroughWritingAndReading) {
  test::ScratchFolder scratch;
  std::vector<CheckpointEntry> entries = all_kinds();
  auto file = scratch.path() / "all.safetensors";
  write_safetensors(file, entries, {{"method", "minvis"}, {"stage", "2"}});

  Checkpoint back = read_checkpoint(file);
  EXPECT_EQ(back.format, "safetensors");
  EXPECT_EQ(back.tensors.size(), entries.size());
  EXPECT_EQ(back.metadata,
            (std::map<std::string, std::string>{{"method", "minvis"}, {"stage", "2"}}));
  for (const auto& entry : entries) expect_same(back, entry.name, entry.value);
}

TEST(Safetensors, StartsItsDataAtAMultipleOf64Bytes) {
  test::ScratchFolder scratch;
  auto file = scratch.path() / "w.safetensors";
  for (size_t length = 1; length < 70; length += 7) {
    write_safetensors(file, {{std::string(length, 'n'), ramp()}});
    EXPECT_EQ((std::filesystem::file_size(file) - 48) % 64, 0u) << length;
    EXPECT_NO_THROW(read_checkpoint(file));
  }
}

TEST(Safetensors, WritesNoNameTwiceAndNoTypeThatReadersDoNotKnow) {
  test::ScratchFolder scratch;
  auto file = scratch.path() / "w.safetensors";
  EXPECT_THROW(write_safetensors(file, {{"w", ramp()}, {"w", ramp()}}), Error);
  EXPECT_THROW(write_safetensors(file, {{"", ramp()}}), Error);
  EXPECT_THROW(write_safetensors(file, {{"__metadata__", ramp()}}), Error);
  EXPECT_THROW(write_safetensors(file, {{"c", at::zeros({1}, at::kComplexFloat)}}), Error);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(Safetensors, ReadsDataThatIsNotAlignedToItsElements) {
  std::string header =
      R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"w":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}})";
  Checkpoint checkpoint = read(test::safetensors(header, "x" + test::floats({1, 2})));
  expect_same(checkpoint, "w", at::tensor({1.0f, 2.0f}));
}

TEST(Safetensors, HoldsWhatAnArchiveOfPyTorchHeld) {
  test::ScratchFolder scratch;
  Checkpoint original = read_checkpoint(fixture("torch.pth"));
  auto file = scratch.path() / "converted.safetensors";
  write_safetensors(file, original.tensors, original.metadata);
  Checkpoint converted = read_checkpoint(file);
  EXPECT_EQ(converted.tensors.size(), original.tensors.size());
  for (const auto& entry : original.tensors) expect_same(converted, entry.name, entry.value);
  EXPECT_EQ(converted.metadata, original.metadata);
}

TEST(TorchFile, HoldsEveryTypeAndShapeThroughWritingAndReading) {
  test::ScratchFolder scratch;
  std::vector<CheckpointEntry> entries = all_kinds();
  auto file = scratch.path() / "all.pth";
  write_torch(file, entries);
  Checkpoint back = read_checkpoint(file);
  EXPECT_EQ(back.format, "pth (zip)");
  EXPECT_TRUE(back.remarks.empty());
  ASSERT_EQ(back.tensors.size(), entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(back.tensors[i].name, entries[i].name);
    expect_same(back, entries[i].name, entries[i].value);
  }
}

TEST(TorchFile, OfEqualWeightsIsTheSameFile) {
  test::ScratchFolder scratch;
  auto one = scratch.path() / "one.pth", other = scratch.path() / "other.pth";
  write_torch(one, all_kinds());
  write_torch(other, all_kinds());
  EXPECT_EQ(test::read_file(one), test::read_file(other));
}

TEST(TorchFile, WritesNoNameTwiceAndNoTypeThatPyTorchHasNoStorageFor) {
  test::ScratchFolder scratch;
  auto file = scratch.path() / "w.pth";
  EXPECT_THROW(write_torch(file, {{"w", ramp()}, {"w", ramp()}}), Error);
  EXPECT_THROW(write_torch(file, {{"", ramp()}}), Error);
  EXPECT_THROW(write_torch(file, {{"c", at::zeros({1}, at::kComplexFloat)}}), Error);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(TorchFile, IsOpenedByPyTorch) {
  const std::string python = test::python_with("torch");
  if (python.empty()) GTEST_SKIP() << "no Python with PyTorch: name one in CLIPWORK_PYTHON";
  test::ScratchFolder scratch;
  write_torch(scratch.path() / "all.pth", all_kinds());
  auto script = scratch.write("read.py", R"(
import sys, torch
values = torch.load(sys.argv[1], weights_only=True)
for name, value in values.items():
    print(name, value.dtype, list(value.shape), value.double().sum().item(), value.is_contiguous())
)");
  test::ProgramResult result = test::run_program(python + " " + script.string() + " " +
                                                 (scratch.path() / "all.pth").string());
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_EQ(result.output,
            "Double torch.float64 [3, 4] 66.0 True\n"
            "Float torch.float32 [3, 4] 66.0 True\n"
            "Half torch.float16 [3, 4] 66.0 True\n"
            "BFloat16 torch.bfloat16 [3, 4] 66.0 True\n"
            "Long torch.int64 [3, 4] 66.0 True\n"
            "Int torch.int32 [3, 4] 66.0 True\n"
            "Short torch.int16 [3, 4] 66.0 True\n"
            "Char torch.int8 [3, 4] 66.0 True\n"
            "Byte torch.uint8 [3, 4] 66.0 True\n"
            "truth torch.bool [3] 2.0 True\n"
            "scalar torch.float32 [] 2.5 True\n"
            "nothing torch.float32 [0, 4] 0.0 True\n"
            "columns torch.float32 [4, 3] 66.0 True\n"
            "ümläut \"quoted\" torch.float32 [3, 4] 66.0 True\n");
}

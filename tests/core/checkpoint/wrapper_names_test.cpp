// Names with what wrappers of modules add to them.

#include "checkpoint/wrapper_names.h"

#include "core/checkpoint_files.h"
#include "support.h"

using namespace clipwork;

namespace {

using Names = std::vector<std::string>;

struct NamesRead {
  Names names, remarks;
};

/// The names of a file of these names, read from every format; they must agree.
NamesRead read_names(const Names& names) {
  NamesRead result;
  test::ScratchFolder scratch;
  for (const auto& [format, content] : test::files_of_names(names)) {
    SCOPED_TRACE(format);
    const Checkpoint checkpoint = read_checkpoint(scratch.write(format, content));
    Names found;
    for (const CheckpointEntry& entry : checkpoint.tensors) found.push_back(entry.name);
    if (!result.names.empty()) {
      EXPECT_EQ(found, result.names);
      EXPECT_EQ(checkpoint.remarks, result.remarks);
    }
    result = {found, checkpoint.remarks};
    for (const std::string& name : names) EXPECT_NE(checkpoint.find(name), nullptr) << name;
  }
  return result;
}

Names with_prefix(const std::string& prefix) {
  return {prefix + "backbone.a", prefix + "backbone.b", prefix + "head.c"};
}

}  // namespace

TEST(WrapperNames, AreDroppedInEveryFormatInAnyOrder) {
  for (const char* prefix : {"module.", "model.", "module.module.", "model.module."}) {
    SCOPED_TRACE(prefix);
    EXPECT_EQ(read_names(with_prefix(prefix)).names, with_prefix(""));
  }
}

TEST(WrapperNames, OfCompilersAndShardersAreDroppedWhereverTheyAre) {
  test::ScratchFolder scratch;
  for (const char* prefix : {"_orig_mod.", "_orig_mod.module.", "module._orig_mod.",
                             "model._orig_mod.", "_forward_module._fsdp_wrapped_module.model."}) {
    SCOPED_TRACE(prefix);
    for (const auto& [format, content] : test::files_of_names(with_prefix(prefix))) {
      const Checkpoint checkpoint = read_checkpoint(scratch.write(format, content));
      Names found;
      for (const CheckpointEntry& entry : checkpoint.tensors) found.push_back(entry.name);
      EXPECT_EQ(found, with_prefix("")) << format;
    }
  }
  Checkpoint inside;
  inside.tensors = {{"backbone._orig_mod.a", {}}, {"head._checkpoint_wrapped_module.b", {}}};
  drop_wrappers(inside);
  EXPECT_EQ(inside.tensors[0].name, "backbone.a");
  EXPECT_EQ(inside.tensors[1].name, "head.b");
}

TEST(WrapperNames, AreDroppedWhereAFewNamesLackThem) {
  const NamesRead result = read_names({"model.a", "model.b", "criterion.empty_weight"});
  EXPECT_EQ(result.names, (Names{"a", "b", "criterion.empty_weight"}));
  ASSERT_EQ(result.remarks.size(), 1u);
  EXPECT_EQ(result.remarks[0], "the prefix 'model.' was dropped from 2 of 3 names");
}

TEST(WrapperNames, StayWhereMostNamesLackThemOrTheShorterNameIsTaken) {
  EXPECT_EQ(read_names({"model.a", "other.b"}).names, (Names{"model.a", "other.b"}));
  EXPECT_EQ(read_names({"module.a", "module.b", "a"}).names, (Names{"module.a", "b", "a"}));
  EXPECT_EQ(read_names({"module.a", "module.b", "module."}).names, (Names{"a", "b", "module."}));
}

TEST(WrapperNames, WithoutPartsKeepsTheLastPart) {
  const std::string_view parts[] = {"module", "model"};
  EXPECT_EQ(without_parts("module.a.model.b", parts), "a.b");
  EXPECT_EQ(without_parts("a.module", parts), "a.module");
  EXPECT_EQ(without_parts("my_module.a", parts), "my_module.a");
}

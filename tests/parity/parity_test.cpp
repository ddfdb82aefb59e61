// The golden cases through the program that users run.

#include <clipwork/checkpoint.h>

#include <algorithm>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

ProgramResult parity(const std::string& arguments) {
  return run_program((build_dir() / "bin/clipwork-parity").string() + " " + arguments);
}

std::filesystem::path golden() { return source_dir() / "tests/parity/golden"; }

/// A copy of a committed case whose outputs were changed.
std::filesystem::path changed(const ScratchFolder& scratch, const std::string& name,
                              void (*change)(std::vector<CheckpointEntry>&)) {
  std::filesystem::path copy = scratch.path() / name;
  std::filesystem::copy(golden() / name, copy);
  std::vector<CheckpointEntry> outputs = read_checkpoint(copy / "outputs.safetensors").tensors;
  for (CheckpointEntry& entry : outputs) entry.value = entry.value.clone();
  change(outputs);
  write_safetensors(copy / "outputs.safetensors", outputs);
  return copy;
}

}  // namespace

TEST(Parity, CommittedCasesAgreeInTheReadableForm) {
  ProgramResult result = parity("--brief " + golden().string() + "/*");
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
}

TEST(Parity, CommittedCasesAgreeInThePackedForm) {
  ProgramResult result = parity("--packed --brief " + golden().string() + "/*");
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
}

TEST(Parity, CasesBesideTheProjectAgree) {
  CLIPWORK_NEEDS_SHARED("parity");
  std::string cases;
  for (const char* name :
       {"rule_unit", "m2f_image_r50_tiny", "m2f_image_r50_full", "minvis_r50_tiny",
        "minvis_match_unit", "preproc_unit", "postproc_unit", "loss_points_unit",
        "loss_matcher_unit", "loss_set_image", "loss_set_video", "loss_novis_variants", "loss_vita",
        "loss_genvis_uvla", "train_image"}) {
    cases += " " + (shared_dir() / "parity" / name).string();
  }
  for (const char* form : {"--brief", "--brief --packed"}) {
    ProgramResult result = parity(form + cases);
    EXPECT_EQ(result.code, 0) << form << "\n" << result.output << result.errors;
  }
}

TEST(Parity, AValueBeyondTheToleranceFailsAndIsNamed) {
  ScratchFolder scratch;
  auto folder = changed(scratch, "m2f_image_r50_full", [](std::vector<CheckpointEntry>& outputs) {
    for (CheckpointEntry& entry : outputs) {
      if (entry.name == "decoder.pred_logits") entry.value.view(-1)[7] += 0.01;
    }
  });
  ProgramResult result = parity("--brief " + folder.string());
  EXPECT_EQ(result.code, 3);
  EXPECT_NE(result.output.find("FAIL decoder.pred_logits"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("9 of 10 tensors agree"), std::string::npos) << result.output;
}

TEST(Parity, ATensorThatNobodyComputesFails) {
  ScratchFolder scratch;
  auto folder = changed(scratch, "rule_unit", [](std::vector<CheckpointEntry>& outputs) {
    outputs.push_back({"never.computed", outputs[0].value});
  });
  ProgramResult result = parity(folder.string());
  EXPECT_EQ(result.code, 3);
  EXPECT_NE(result.output.find("stage 'never.computed' was not computed"), std::string::npos)
      << result.output;
}

TEST(Parity, AGoldenTensorCanBeFedIntoItsStage) {
  ScratchFolder scratch;
  std::string folder = (golden() / "minvis_r50_tiny").string();
  EXPECT_EQ(
      parity("--feed decoder.layer.0.queries --feed decoder.layer.1.attn_mask " + folder).code, 0);
  // What is fed decides what follows: other queries, other matches.
  auto other = changed(scratch, "minvis_r50_tiny", [](std::vector<CheckpointEntry>& outputs) {
    for (CheckpointEntry& entry : outputs) {
      if (entry.name == "decoder.layer.3.queries") entry.value.copy_(entry.value.flip(1));
    }
  });
  ProgramResult result = parity("--brief --feed decoder.layer.3.queries " + other.string());
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.output.find("FAIL decoder.layer.3.queries"), std::string::npos);
  EXPECT_NE(result.output.find("FAIL decoder.pred_logits"), std::string::npos) << result.output;
}

TEST(Parity, SaysWhyAFolderCannotBeRun) {
  ScratchFolder scratch;
  ProgramResult result = parity(scratch.path().string());
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.errors.find("there is no case.json"), std::string::npos) << result.errors;
  std::filesystem::copy(golden() / "rule_unit", scratch.path() / "odd");
  std::string json = read_file(scratch.path() / "odd/case.json");
  json.replace(json.find("\"rule\""), 6, "\"sorcery\"");
  scratch.write("odd/case.json", json);
  result = parity((scratch.path() / "odd").string());
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.errors.find("kind 'sorcery' cannot be run"), std::string::npos) << result.errors;
}

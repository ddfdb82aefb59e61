// The golden cases through the program that users run.

#include <clipwork/error.h>
#include <clipwork/host/checkpoint.h>

#include <algorithm>
#include <cstdlib>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

ProgramResult parity(const std::string& arguments) {
  return run_program((build_dir() / "bin/clipwork-parity").string() + " " + arguments);
}

std::filesystem::path golden() { return source_dir() / "tests/parity/golden"; }

/// Cases that are not part of the project, as words of a command line.
std::string shared_cases(const std::vector<const char*>& names) {
  std::string words;
  for (const char* name : names) words += " " + (shared_dir() / "parity" / name).string();
  return words;
}

/// A copy of a committed case whose outputs were changed.
std::filesystem::path changed(const ScratchFolder& scratch, const std::string& name,
                              void (*change)(std::vector<CheckpointEntry>&),
                              const std::filesystem::path& cases = golden()) {
  std::filesystem::path copy = scratch.path() / name;
  std::filesystem::copy(cases / name, copy);
  std::vector<CheckpointEntry> outputs = read_checkpoint(copy / "outputs.safetensors").tensors;
  for (CheckpointEntry& entry : outputs) entry.value = entry.value.clone();
  change(outputs);
  write_safetensors(copy / "outputs.safetensors", outputs);
  return copy;
}

/// A copy of IAI's case in which pixels of the first frame's masks differ, fewer than may.
std::filesystem::path iai_with_flips(const ScratchFolder& scratch) {
  return changed(
      scratch, "iai_r50_tiny",
      [](std::vector<CheckpointEntry>& outputs) {
        for (CheckpointEntry& entry : outputs) {
          if (entry.name != "frame.0.id_masks") continue;
          at::Tensor row = entry.value[0][48].narrow(0, 60, 6);
          row.copy_(row.logical_not());
        }
      },
      source_dir() / "tests/parity/golden_fed");
}

}  // namespace

TEST(Parity, CommittedCasesAgreeInTheReadableForm) {
  ProgramResult result = parity("--end-to-end --brief " + golden().string() + "/*");
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
}

TEST(Parity, CommittedCasesAgreeInThePackedForm) {
  ProgramResult result = parity("--end-to-end --packed --brief " + golden().string() + "/*");
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
}

TEST(Parity, CommittedCasesAgreeOnAGpu) {
  ProgramResult result = parity("--end-to-end --device cuda:0 --brief " + golden().string() + "/*");
  if (result.errors.find("device cuda:0:") != std::string::npos) GTEST_SKIP() << result.errors;
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
}

TEST(Parity, ADeviceThatIsNoneIsRefused) {
  ProgramResult result = parity("--device gpu " + (golden() / "rule_unit").string());
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.errors.find("'gpu' is not a device; write cpu, cuda"), std::string::npos)
      << result.errors;
}

TEST(Parity, CasesOfModelsBesideTheProjectAgreeInBothForms) {
  CLIPWORK_NEEDS_SHARED("parity");
  const std::string cases = shared_cases({"rule_unit",
                                          "m2f_image_r50_tiny",
                                          "m2f_image_r50_full",
                                          "minvis_r50_tiny",
                                          "minvis_match_unit",
                                          "swin_unit",
                                          "m2f_image_swin_tiny",
                                          "m2f_vis_r50_tiny",
                                          "novis_r50_tiny",
                                          "novis_overlap_unit",
                                          "novis_link_unit",
                                          "vita_r50_tiny",
                                          "vita_r50_tiny_short",
                                          "vita_windows_unit",
                                          "genvis_online_r50_tiny",
                                          "genvis_semi_online_r50_tiny",
                                          "genvis_memory_unit",
                                          "condinst_unit",
                                          "iai_association_unit",
                                          "iai_id_assign_unit",
                                          "train_image",
                                          "train_video",
                                          "train_vita",
                                          "train_genvis",
                                          "train_iai"});
  for (const char* form : {"--end-to-end --brief", "--end-to-end --brief --packed"}) {
    ProgramResult result = parity(form + cases);
    EXPECT_EQ(result.code, 0) << form << "\n" << result.output << result.errors;
  }
}

// Frames of full size take 20 s in each form, and the forms agree in the small ones.
TEST(Parity, AVideoOfFullSizeBesideTheProjectAgrees) {
  CLIPWORK_NEEDS_SHARED("parity");
  const std::string cases = shared_cases({"genvis_online_full"});
  std::vector<std::string> forms = {"--end-to-end --brief --packed"};
  if (std::getenv("CLIPWORK_FULL")) forms.emplace_back("--end-to-end --brief");
  for (const std::string& form : forms) {
    ProgramResult result = parity(form + cases);
    EXPECT_EQ(result.code, 0) << form << "\n" << result.output << result.errors;
  }
}

// Preprocessing, postprocessing and losses have one form.
TEST(Parity, CasesWithoutAModelBesideTheProjectAgree) {
  CLIPWORK_NEEDS_SHARED("parity");
  ProgramResult result =
      parity("--end-to-end --brief" +
             shared_cases({"preproc_unit", "postproc_unit", "postproc_vita_unit",
                           "iai_preprocess_unit", "loss_points_unit", "loss_matcher_unit",
                           "loss_set_image", "loss_set_video", "loss_novis_variants", "loss_vita",
                           "loss_genvis_uvla", "loss_condinst", "loss_iai"}));
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
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

TEST(Parity, PredictionsOverTheVideoDecideTheResultsWhenTheyAreFed) {
  ScratchFolder scratch;
  auto other = changed(scratch, "minvis_r50_tiny", [](std::vector<CheckpointEntry>& outputs) {
    for (CheckpointEntry& entry : outputs) {
      if (entry.name == "minvis.pred_logits") entry.value.copy_(entry.value.flip(1));
    }
  });
  ProgramResult result = parity("--brief --feed minvis.pred_logits " + other.string());
  EXPECT_EQ(result.code, 3);
  EXPECT_NE(result.output.find("FAIL results.ids"), std::string::npos) << result.output;
  EXPECT_EQ(result.output.find("FAIL decoder."), std::string::npos) << result.output;
}

TEST(Parity, FedStagesOfWindowsAgreeToo) {
  CLIPWORK_NEEDS_SHARED("parity");
  std::string novis;
  for (const char* stage :
       {"window.1.layer.4.queries", "window.1.layer.5.attn_mask", "window.0.tail_embeddings",
        "window.1.head_embeddings", "window.2.embeddings", "pred_logits", "pred_masks"}) {
    novis += cat(" --feed novis.", stage);
  }
  ProgramResult result =
      parity("--brief" + novis + " " + (shared_dir() / "parity/novis_r50_tiny").string());
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
  result = parity(
      "--brief --feed decoder.layer.1.queries --feed decoder.layer.2.attn_mask"
      " --feed pixel_decoder.mask_features --feed decoder.pred_logits --feed decoder.pred_masks " +
      (shared_dir() / "parity/m2f_vis_r50_tiny").string());
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
}

TEST(Parity, AStageThatNothingComputesOnItsWayCannotBeFed) {
  ProgramResult result = parity("--feed results.labels " + (golden() / "minvis_r50_tiny").string());
  EXPECT_EQ(result.code, 2);
  EXPECT_NE(result.errors.find("cannot be fed"), std::string::npos) << result.errors;
}

TEST(Parity, AClipOfGenVisCanBeJudgedAloneByFeedingWhatCameBefore) {
  CLIPWORK_NEEDS_SHARED("parity");
  std::string feed;
  for (const char* stage :
       {"1.query_out", "0.memory_k", "0.memory_v", "1.memory_k", "1.memory_v", "2.encoded"}) {
    feed += cat(" --feed genvis.clip.", stage);
  }
  ProgramResult result =
      parity(feed + " " + (shared_dir() / "parity/genvis_semi_online_r50_tiny").string());
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
}

// All later frames of IAI follow the masks of the ones before, so that a pixel within rounding of
// its threshold would decide them.
TEST(Parity, WhatFollowsFromMasksReadsTheRecordedOnesWhereFewPixelsFlip) {
  ScratchFolder scratch;
  const std::filesystem::path folder = iai_with_flips(scratch);
  ProgramResult result = parity("--brief " + folder.string());
  EXPECT_EQ(result.code, 3);
  EXPECT_NE(result.output.find("later stages use the recorded ones"), std::string::npos)
      << result.output;
  EXPECT_NE(result.output.find("FAIL frame.1.association"), std::string::npos) << result.output;
  result = parity("--brief --end-to-end " + folder.string());
  EXPECT_EQ(result.output.find("later stages use the recorded ones"), std::string::npos)
      << result.output;
}

TEST(Parity, NothingFollowsMasksOfWhichOnlyAPieceIsRecorded) {
  ScratchFolder scratch;
  const std::filesystem::path folder = iai_with_flips(scratch);
  std::string json = read_file(folder / "case.json");
  const std::string first = "\"schema\": 1,";
  json.replace(json.find(first), first.size(),
               first + R"("select": {"frame.0.id_masks": {"from": "frame.0.id_masks",
                          "shape": [9, 96, 128], "index": ["all", "all", "all"]}},)");
  scratch.write("iai_r50_tiny/case.json", json);
  ProgramResult result = parity(folder.string());
  EXPECT_NE(result.output.find("ok   frame.0.id_masks"), std::string::npos) << result.errors;
  EXPECT_EQ(result.output.find("later stages use the recorded ones"), std::string::npos)
      << result.output;
}

TEST(Parity, FramesOfIaiAgreeWhereTheMasksOfTheOnesBeforeAreFed) {
  std::string cases = " --feed frame.0.id_masks " +
                      (source_dir() / "tests/parity/golden_fed/iai_r50_tiny").string();
  for (const char* form : {"--brief", "--brief --packed"}) {
    ProgramResult result = parity(form + cases);
    EXPECT_EQ(result.code, 0) << form << "\n" << result.output << result.errors;
  }
}

TEST(Parity, IaiAgreesInAllFramesOfASharedCaseWithTheEarlierMasksFed) {
  CLIPWORK_NEEDS_SHARED("parity");
  std::string feed;
  for (int frame = 0; frame < 4; ++frame) feed += cat(" --feed frame.", frame, ".id_masks");
  const std::string folder = " " + (shared_dir() / "parity/iai_r50_tiny").string();
  for (const std::string& form : {"--brief" + feed, "--brief --packed" + feed,
                                  std::string("--brief"), std::string("--brief --packed")}) {
    ProgramResult result = parity(form + folder);
    EXPECT_EQ(result.code, 0) << form << "\n" << result.output << result.errors;
  }
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

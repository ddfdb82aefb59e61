#include "verbs/dataset_run_text.h"

#include <clipwork/output_file.h>

#include <iostream>

#include "cli/interrupt.h"
#include "verbs/score_tables.h"

namespace clipwork::cli {

void print(const runs::DatasetRunReport& report) {
  const bool joined = report.incomplete.empty() && report.shard.whole();
  if (report.scores) print(*report.scores);
  if (joined && !report.annotated) {
    std::cout << report.data << " has no annotations, so it cannot be scored.\n"
              << "File for the server: " << (report.folder / "submission.zip").string() << "\n";
  }
  std::cout << report.folder.string() << ": ";
  if (!report.shard.whole()) std::cout << "shard " << report.shard.text() << ", ";
  std::cout << report.finished << " of " << report.videos << " videos, " << report.frames
            << " frames"
            << (!report.incomplete.empty() ? ", incomplete: run the same command again to resume"
                : !joined                  ? "; run the command without --shard to join the parts"
                : report.scores            ? "; results.json, submission.zip, metrics.json"
                                           : "; results.json, submission.zip")
            << (report.note.empty() ? "" : cat("; ", report.note)) << "\n";
}

ExitCode run_and_print(const runs::DatasetRunRequest& request, const Config& config,
                       const std::optional<std::string>& json) {
  runs::DatasetRun run(request, config);
  const Interrupt interrupt;
  const runs::DatasetRunReport report = run.run(Interrupt::requested);
  print(report);
  if (json && report.scores) write_file(*json, runs::scores_json(*report.scores));
  if (report.failure || !report.failed.empty()) return ExitCode::failed;
  return report.interrupted ? ExitCode::interrupted : ExitCode::done;
}

}  // namespace clipwork::cli

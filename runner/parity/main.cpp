// clipwork-parity CASE_DIR...: computes golden cases and compares every stage.

#include <clipwork/error.h>
#include <clipwork/host/device.h>
#include <clipwork/host/registry.h>

#include <c10/util/Exception.h>
#include <boost/program_options.hpp>

#include <cstdio>
#include <iostream>

#include "compare.h"
#include "kinds.h"

namespace {

using namespace clipwork;
using namespace clipwork::parity;

/// Prints a line a tensor, or where `brief` only of those that fail and of masks whose flips were
/// not handed on; gives whether all passed.
bool report(const Case& golden, const std::vector<Comparison>& comparisons, const Options& options,
            bool brief) {
  size_t failed = 0;
  for (const Comparison& entry : comparisons) {
    failed += !entry.passed;
    const bool flips =
        entry.passed && entry.error > 0 && follows_recorded(golden, options, entry.name);
    if (brief && entry.passed && !flips) continue;
    std::printf("  %-4s %-48s", entry.passed ? "ok" : "FAIL", entry.name.c_str());
    if (entry.limit > 0 || entry.error > 0) {
      std::printf(" %.3g of %.3g allowed", entry.error, entry.limit);
    }
    std::printf("  %s%s\n", entry.what.c_str(),
                flips ? "; later stages use the recorded ones" : "");
  }
  std::printf("%s %s: %zu of %zu tensors agree\n", failed ? "FAIL" : "ok  ", golden.name.c_str(),
              comparisons.size() - failed, comparisons.size());
  std::fflush(stdout);
  return failed == 0 && !comparisons.empty();
}

ExitCode run(int argc, char** argv) {
  namespace po = boost::program_options;
  Options options;
  std::vector<std::string> cases, feed, plugin_path;
  po::options_description visible("Options");
  visible.add_options()("help", "this text")("brief", "print only tensors that fail, and flips")(
      "packed", "compare the packed operators and fast parameters instead of the plain ones")(
      "end-to-end",
      "compute later stages from the computed masks; by default, if no more pixels differ than "
      "allowed, they use the recorded ones")(
      "feed", po::value(&feed)->composing(),
      "replace this stage with its golden tensor (repeatable)")(
      "device", po::value(&options.device),
      "cpu, or cuda:N for a GPU: where whole models run and train; single parts of methods are "
      "computed on the CPU")("plugin-path", po::value(&plugin_path)->composing(),
                             "an additional folder with plugins (repeatable)");
  po::options_description all;
  all.add(visible).add_options()("case", po::value(&cases)->composing());
  po::positional_options_description positions;
  positions.add("case", -1);
  namespace style = po::command_line_style;
  po::variables_map values;
  try {
    po::store(po::command_line_parser(argc, argv)
                  .options(all)
                  .positional(positions)
                  .style(style::default_style & ~style::allow_guessing)
                  .run(),
              values);
    po::notify(values);
  } catch (const po::error& error) {
    throw InputError(error.what(), "", "see clipwork-parity --help");
  }
  if (values.count("help") || cases.empty()) {
    std::cout << "Usage: clipwork-parity [OPTIONS] CASE_DIR...\n\n"
                 "Computes golden cases with the components of plugins and compares every stored "
                 "tensor.\n"
                 "Exit code 0: all agree; 3: some do not; 2: a folder is not a valid case.\n\n"
              << visible
              << "\nExamples:\n  clipwork-parity tests/parity/golden/minvis_r50_tiny\n"
                 "  clipwork-parity --packed --brief tests/parity/golden/*\n";
    return values.count("help") ? ExitCode::done : ExitCode::bad_input;
  }
  options.packed = values.count("packed") > 0;
  options.end_to_end = values.count("end-to-end") > 0;
  options.feed = {feed.begin(), feed.end()};
  // Before the first tensor: LibTorch keeps its first answer about CUDA for ever.
  open_device(parse_device(options.device));
  Registry::instance().load_search_path(plugin_path);
  bool passed = true;
  for (const std::string& folder : cases) {
    Case golden = read_case(folder);
    const std::vector<Comparison> comparisons = compare(golden, run_case(golden, options));
    passed = report(golden, comparisons, options, values.count("brief") > 0) && passed;
  }
  return passed ? ExitCode::done : ExitCode::check_failed;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return static_cast<int>(run(argc, argv));
  } catch (const clipwork::Error& error) {
    std::fprintf(stderr, "clipwork-parity: %s\n", error.what());
    return static_cast<int>(error.code());
  } catch (const c10::Error& error) {
    std::fprintf(stderr, "clipwork-parity: %s\n", error.what_without_backtrace());
    return static_cast<int>(clipwork::ExitCode::failed);
  }
}

#include <clipwork/decoder.h>
#include <clipwork/error.h>
#include <clipwork/text.h>
#include <clipwork/tracker.h>

namespace clipwork {

namespace {

void append(std::vector<std::string>& sentences, bool holds, const std::string& sentence) {
  if (holds) sentences.push_back(sentence);
}

}  // namespace

Contract::~Contract() = default;
WindowContract::~WindowContract() = default;
DecoderContract::~DecoderContract() = default;
TrackerContract::~TrackerContract() = default;

std::vector<std::string> Contract::provided() const { return gives; }

std::vector<std::string> WindowContract::provided() const {
  std::vector<std::string> names = Contract::provided();
  if (state.empty()) names.push_back("stateless");
  return names;
}

std::vector<std::string> DecoderContract::provided() const {
  std::vector<std::string> names = WindowContract::provided();
  if (rows == Rows::fixed) names.push_back("rows.fixed");
  return names;
}

std::vector<std::string> Contract::sentences() const {
  std::vector<std::string> said, provided_maps;
  for (const MapInfo& map : maps) {
    provided_maps.push_back(
        cat(map.name, " (", map.channels, " channels, stride ", map.stride, ")"));
  }
  append(said, !needs.empty(), "needs " + join(needs));
  append(said, !maps.empty(), "provides the maps " + join(provided_maps));
  append(said, !gives.empty(), "provides " + join(gives));
  append(said, !cuda, "runs on the CPU only");
  return said;
}

std::vector<std::string> WindowContract::sentences() const {
  std::vector<std::string> said = Contract::sentences();
  if (max_window == min_window) {
    said.push_back(cat("accepts windows of ", counted(min_window, "frame")));
  } else if (max_window > 0) {
    said.push_back(cat("accepts windows of ", min_window, " to ", counted(max_window, "frame")));
  } else {
    append(said, min_window > 1, cat("accepts windows of at least ", counted(min_window, "frame")));
  }
  said.push_back(state.empty() ? "carries nothing from window to window"
                               : "carries from window to window: " + state);
  return said;
}

std::vector<std::string> DecoderContract::sentences() const {
  std::vector<std::string> said = WindowContract::sentences();
  append(said, rows == Rows::varying, "rows vary from window to window");
  append(said, independent, "windows are independent of each other");
  append(said, carries_rows, "row i of every window is the same object");
  return said;
}

std::vector<std::string> TrackerContract::sentences() const {
  std::vector<std::string> said = WindowContract::sentences();
  append(said, one_window, "accepts a video only as one window");
  append(said, defers, "returns its windows only after the last one");
  append(said, trains, "is used in training");
  return said;
}

}  // namespace clipwork

#include <clipwork/dataset.h>
#include <clipwork/plugin.h>

#include <algorithm>
#include <cmath>

namespace {

using namespace clipwork;

/// Two data sets as one, in a ratio: a walk through the videos meets the second's in `share` of
/// the places, evenly spread. The smaller one is repeated until no video of the other is left out.
/// Classes are those of the first; the second's are found among them by name.
class Mixture final : public Dataset {
 public:
  struct Parameters {
    Ref<Dataset> first, second;
    double share = 0.5;
    void describe(Describer& d) {
      d("first", first, "a data set; its classes are those of the mixture").required();
      d("second", second, "another, whose classes the first has too; a mixture for more than two")
          .required();
      d("share", share, "of the videos that come from the second").range(0.001, 0.999);
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }

  Mixture(const Parameters& parameters, const Given&)
      : parts_{std::dynamic_pointer_cast<Dataset>(parameters.first.component),
               std::dynamic_pointer_cast<Dataset>(parameters.second.component)} {
    check();
    const auto firsts = static_cast<double>(parts_[0]->videos().size());
    const auto seconds = static_cast<double>(parts_[1]->videos().size());
    const double share = parameters.share;
    const auto places =
        static_cast<int64_t>(std::ceil(std::max(firsts / (1 - share), seconds / share)));
    std::array<int64_t, 2> met{};
    for (int64_t i = 0; i < places; ++i) {
      const double due = static_cast<double>(i + 1) * share;
      const size_t part = due - static_cast<double>(met[1]) >= 1 - kRounding ? 1 : 0;
      const auto count = static_cast<int64_t>(parts_[part]->videos().size());
      const int64_t index = met[part]++ % count;
      VideoEntry video = parts_[part]->videos()[static_cast<size_t>(index)];
      // Ids of two data sets may be the same, and repeated ones are.
      video.id = i + 1;
      videos_.push_back(std::move(video));
      places_.push_back({part, index});
    }
  }

  const std::vector<Category>& categories() const override { return parts_[0]->categories(); }
  const std::vector<VideoEntry>& videos() const override { return videos_; }
  bool annotated() const override { return parts_[0]->annotated() && parts_[1]->annotated(); }
  std::vector<AnnotatedTrack> tracks(int64_t index) const override {
    const auto [part, video] = places_.at(static_cast<size_t>(index));
    std::vector<AnnotatedTrack> tracks = parts_[part]->tracks(video);
    if (part == 1) {
      for (AnnotatedTrack& track : tracks) track.category = class_.at(size_t(track.category));
    }
    return tracks;
  }
  Frame frame(int64_t index, int64_t t) const override {
    const auto [part, video] = places_.at(static_cast<size_t>(index));
    return parts_[part]->frame(video, t);
  }
  std::vector<DatasetFault> faults() const override {
    std::vector<DatasetFault> all = parts_[0]->faults();
    for (DatasetFault& fault : parts_[1]->faults()) all.push_back(std::move(fault));
    return all;
  }

 private:
  /// Sums of a share that should be whole are so only but for this.
  static constexpr double kRounding = 1e-9;
  struct Place {
    size_t part;
    int64_t index;
  };
  std::array<std::shared_ptr<Dataset>, 2> parts_;
  std::vector<int64_t> class_;  ///< of the first, by class of the second
  std::vector<VideoEntry> videos_;
  std::vector<Place> places_;

  void check() {
    for (const std::shared_ptr<Dataset>& part : parts_) {
      if (part->videos().empty()) {
        throw InputError("one of the data sets has no videos", "dataset 'mixture'");
      }
    }
    std::vector<std::string> names;
    for (const Category& category : parts_[0]->categories()) names.push_back(category.name);
    for (const Category& category : parts_[1]->categories()) {
      const auto found = std::find(names.begin(), names.end(), category.name);
      if (found == names.end()) {
        const std::string near = nearest(category.name, names);
        throw InputError(
            cat("the second data set has the class '", category.name, "', the first has not"),
            "dataset 'mixture'",
            cat(near.empty() ? "" : cat("did you mean '", near, "'? "),
                "the map of pseudo_clips brings classes to other names"));
      }
      class_.push_back(found - names.begin());
    }
  }
};

}  // namespace

CLIPWORK_PLUGIN(mixture, "0.1.0") { registry.add<Mixture>("mixture", "two data sets in a ratio"); }

#include <clipwork/error.h>
#include <clipwork/features.h>
#include <clipwork/text.h>

namespace clipwork {

const FeatureMap* FrameFeatures::find(std::string_view name) const {
  for (const FeatureMap& map : maps) {
    if (map.name == name) return &map;
  }
  return nullptr;
}

const FeatureMap& FrameFeatures::at(std::string_view name) const {
  if (const FeatureMap* found = find(name)) return *found;
  throw Error(cat("there is no feature map '", name,
                  "'; available: ", join(maps, [](const FeatureMap& map) { return map.name; })));
}

}  // namespace clipwork

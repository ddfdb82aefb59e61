#include "method.h"

#include <clipwork/error.h>
#include <clipwork/text.h>

namespace clipwork::parity {

const Method& method_of(const Json& config) {
  static const std::map<std::string, const Method*> kMethods = {
      {"genvis", &kGenVis},
      {"iai", &kIai},
      {"mask2former_image", &kMask2FormerImage},
      {"mask2former_video", &kMask2FormerVideo},
      {"mask_rcnn", &kMaskRcnn},
      {"minvis", &kMinVis},
      {"novis", &kNovis},
      {"vita", &kVita},
  };
  std::string name = text(config, "method");
  auto found = kMethods.find(name);
  if (found == kMethods.end()) {
    const std::string known = join(kMethods, [](const auto& entry) { return entry.first; });
    throw InputError(cat("method '", name, "' is not supported"), "case.json",
                     cat("supported methods: ", known));
  }
  return *found->second;
}

}  // namespace clipwork::parity

#include <clipwork/dataset.h>

namespace clipwork {

Dataset::~Dataset() = default;
std::vector<DatasetFault> Dataset::faults() const { return {}; }
bool Dataset::pictures() const { return false; }

}  // namespace clipwork

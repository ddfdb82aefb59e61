#include <clipwork/dataset.h>
#include <clipwork/error.h>

namespace clipwork {

std::string DatasetFault::text() const { return cat(where, ": ", problem, "; ", mended); }

Dataset::~Dataset() = default;
std::vector<DatasetFault> Dataset::faults() const { return {}; }
bool Dataset::pictures() const { return false; }

}  // namespace clipwork

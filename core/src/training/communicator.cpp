#include <clipwork/host/processes.h>

#include "training/process_group.h"

namespace clipwork {

std::unique_ptr<Communicator> make_communicator(const ProcessPlace& place,
                                                std::chrono::milliseconds timeout) {
  if (place.size == 1) return std::make_unique<Communicator>();
  return std::make_unique<ProcessGroup>(place, timeout);
}

}  // namespace clipwork

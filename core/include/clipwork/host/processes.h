#pragma once
// Several processes that train together, as launchers start them.

#include <clipwork/communicator.h>

#include <chrono>
#include <memory>
#include <string>

namespace clipwork {

/// A process's place among those that work together.
struct ProcessPlace {
  int rank = 0, size = 1;
  int local_rank = 0;                 ///< among the processes of its machine: which GPU is its own
  std::string address = "127.0.0.1";  ///< where process 0 listens
  int port = 29500;
  /// The name under which torchrun's agent keeps the store of this attempt, where it serves the
  /// store itself; else empty, and process 0 serves it.
  std::string agent;
};

/// The place that the launcher states in the environment: torchrun (RANK, WORLD_SIZE, LOCAL_RANK,
/// MASTER_ADDR, MASTER_PORT), mpirun (OMPI_COMM_WORLD_RANK, _SIZE, _LOCAL_RANK) or srun
/// (SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID in a step); MASTER_ADDR and MASTER_PORT stand over
/// what the last two imply. One process where nothing is set. Throws InputError naming the
/// variable.
ProcessPlace process_place();

/// Joins the processes of `process_place`: LibTorch's Gloo, over main memory also for tensors of
/// GPUs. Returns when all have come. A process that is gone is noticed at once, one that has
/// stopped after `timeout`. Throws Error where the others are not met within `timeout`.
std::unique_ptr<Communicator> make_communicator(
    const ProcessPlace& place = process_place(),
    std::chrono::milliseconds timeout = std::chrono::minutes(30));

}  // namespace clipwork

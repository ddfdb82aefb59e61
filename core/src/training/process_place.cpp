#include <clipwork/error.h>
#include <clipwork/host/processes.h>

#include <charconv>
#include <cstdlib>
#include <optional>

namespace clipwork {
namespace {

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? std::optional<std::string>(value) : std::nullopt;
}

std::optional<int> number(const char* name) {
  std::optional<std::string> text = variable(name);
  if (!text) return {};
  int value = 0;
  auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (problem != std::errc() || end != text->data() + text->size() || value < 0) {
    throw InputError(cat("'", *text, "' is not a valid process number or port"), name);
  }
  return value;
}

int needed(const char* name, const char* because) {
  std::optional<int> value = number(name);
  if (!value) {
    throw InputError(cat("is not set, but ", because, " is"), name,
                     "start the processes with torchrun, mpirun or srun, or set both");
  }
  return *value;
}

/// The first machine of a list as Slurm writes it: "node7", "node[07-12,20],other".
std::string first_machine(const std::string& list) {
  size_t bracket = list.find_first_of("[,");
  if (bracket == std::string::npos || list[bracket] == ',') return list.substr(0, bracket);
  size_t end = list.find_first_of("-,]", bracket);
  return list.substr(0, bracket) + list.substr(bracket + 1, end - bracket - 1);
}

void read_slurm(ProcessPlace& place) {
  // A batch script that no srun started is one process, whatever the job was granted.
  if (!variable("SLURM_STEP_ID") || !variable("SLURM_NTASKS")) return;
  place.size = *number("SLURM_NTASKS");
  place.rank = needed("SLURM_PROCID", "SLURM_NTASKS");
  place.local_rank = number("SLURM_LOCALID").value_or(0);
  auto machines = variable("SLURM_STEP_NODELIST");
  if (machines && number("SLURM_STEP_NUM_NODES").value_or(1) > 1) {
    place.address = first_machine(*machines);
  }
  // Jobs that share a machine must not meet.
  constexpr int kFirstPort = 20000, kPorts = 10000;
  place.port = kFirstPort + number("SLURM_JOB_ID").value_or(0) % kPorts;
}

void read_mpi(ProcessPlace& place) {
  place.size = *number("OMPI_COMM_WORLD_SIZE");
  place.rank = needed("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE");
  place.local_rank = number("OMPI_COMM_WORLD_LOCAL_RANK").value_or(place.rank);
  int here = number("OMPI_COMM_WORLD_LOCAL_SIZE").value_or(place.size);
  if (here != place.size && !variable("MASTER_ADDR")) {
    throw InputError("is not set, but mpirun started processes on several machines", "MASTER_ADDR",
                     "set it to the machine of process 0: mpirun -x MASTER_ADDR=HOST ...");
  }
}

}  // namespace

ProcessPlace process_place() {
  ProcessPlace place;
  if (number("WORLD_SIZE")) {
    place.size = *number("WORLD_SIZE");
    place.rank = needed("RANK", "WORLD_SIZE");
    place.local_rank = number("LOCAL_RANK").value_or(place.rank);
    if (variable("TORCHELASTIC_USE_AGENT_STORE").value_or("") == "True") {
      place.agent = "/worker/attempt_" + variable("TORCHELASTIC_RESTART_COUNT").value_or("0");
    }
  } else if (number("OMPI_COMM_WORLD_SIZE")) {
    read_mpi(place);
  } else {
    read_slurm(place);
  }
  if (place.size < 1 || place.rank >= place.size) {
    throw InputError(cat("process ", place.rank, " of ", place.size, " is out of range"), "RANK",
                     "ranks go from 0 to the number of processes minus one");
  }
  place.address = variable("MASTER_ADDR").value_or(place.address);
  place.port = number("MASTER_PORT").value_or(place.port);
  if (place.port < 1 || place.port > 65535) {
    throw InputError(cat(place.port, " is not a port"), "MASTER_PORT");
  }
  return place;
}

}  // namespace clipwork

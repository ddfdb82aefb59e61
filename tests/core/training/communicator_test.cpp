// Several processes: what launchers say, sums over two real processes, and who is named when one
// dies.

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/host/optimizer.h>
#include <clipwork/host/processes.h>
#include <gmock/gmock.h>

#include <csignal>
#include <functional>

#include "training/norm_statistics.h"

#include "processes.h"
#include "support.h"

using namespace clipwork;
using namespace clipwork::test;
using at::Tensor;
using testing::HasSubstr;

namespace {

const std::vector<const char*> kVariables = {"RANK",
                                             "WORLD_SIZE",
                                             "LOCAL_RANK",
                                             "MASTER_ADDR",
                                             "MASTER_PORT",
                                             "OMPI_COMM_WORLD_SIZE",
                                             "SLURM_STEP_ID",
                                             "SLURM_NTASKS",
                                             "TORCHELASTIC_USE_AGENT_STORE",
                                             "SLURM_PROCID",
                                             "SLURM_LOCALID",
                                             "OMPI_COMM_WORLD_RANK",
                                             "SLURM_JOB_ID",
                                             "SLURM_STEP_NUM_NODES",
                                             "OMPI_COMM_WORLD_LOCAL_RANK",
                                             "OMPI_COMM_WORLD_LOCAL_SIZE",
                                             "SLURM_STEP_NODELIST",
                                             "TORCHELASTIC_RESTART_COUNT"};

/// The place that these variables and no others make.
ProcessPlace place_of(const std::vector<std::pair<const char*, const char*>>& variables) {
  for (const char* name : kVariables) ::unsetenv(name);
  for (const auto& [name, value] : variables) ::setenv(name, value, 1);
  ProcessPlace place = process_place();
  for (const char* name : kVariables) ::unsetenv(name);
  return place;
}

std::string refusal_of(const std::vector<std::pair<const char*, const char*>>& variables) {
  try {
    place_of(variables);
  } catch (const InputError& error) {
    for (const char* name : kVariables) ::unsetenv(name);
    return error.what();
  }
  return "not refused";
}

}  // namespace

TEST(ProcessPlace, IsOneProcessWhereNoLauncherSpeaks) {
  ProcessPlace place = place_of({});
  EXPECT_EQ(place.size, 1);
  EXPECT_EQ(make_communicator(place)->size(), 1);
  // A batch script under Slurm is not one of its tasks.
  EXPECT_EQ(place_of({{"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "0"}}).size, 1);
}

TEST(ProcessPlace, IsWhatTorchrunSays) {
  ProcessPlace place = place_of({{"RANK", "5"},
                                 {"WORLD_SIZE", "8"},
                                 {"LOCAL_RANK", "1"},
                                 {"MASTER_ADDR", "node1"},
                                 {"MASTER_PORT", "1234"},
                                 {"TORCHELASTIC_USE_AGENT_STORE", "True"},
                                 {"TORCHELASTIC_RESTART_COUNT", "2"}});
  EXPECT_EQ(place.rank, 5);
  EXPECT_EQ(place.size, 8);
  EXPECT_EQ(place.local_rank, 1);
  EXPECT_EQ(place.address, "node1");
  EXPECT_EQ(place.port, 1234);
  EXPECT_EQ(place.agent, "/worker/attempt_2");
}

TEST(ProcessPlace, IsWhatMpirunSays) {
  ProcessPlace place = place_of({{"OMPI_COMM_WORLD_SIZE", "4"},
                                 {"OMPI_COMM_WORLD_RANK", "3"},
                                 {"OMPI_COMM_WORLD_LOCAL_RANK", "3"},
                                 {"OMPI_COMM_WORLD_LOCAL_SIZE", "4"}});
  EXPECT_EQ(place.rank, 3);
  EXPECT_EQ(place.size, 4);
  EXPECT_EQ(place.address, "127.0.0.1");
  EXPECT_THAT(refusal_of({{"OMPI_COMM_WORLD_SIZE", "4"},
                          {"OMPI_COMM_WORLD_RANK", "3"},
                          {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}}),
              HasSubstr("MASTER_ADDR: is not set"));
}

TEST(ProcessPlace, IsWhatSrunSays) {
  auto with = [](const char* machines) {
    return place_of({{"SLURM_STEP_ID", "0"},
                     {"SLURM_NTASKS", "4"},
                     {"SLURM_PROCID", "2"},
                     {"SLURM_LOCALID", "1"},
                     {"SLURM_JOB_ID", "123456"},
                     {"SLURM_STEP_NUM_NODES", "2"},
                     {"SLURM_STEP_NODELIST", machines}});
  };
  ProcessPlace place = with("gpu[07-09,12],cpu3");
  EXPECT_EQ(place.rank, 2);
  EXPECT_EQ(place.size, 4);
  EXPECT_EQ(place.local_rank, 1);
  EXPECT_EQ(place.address, "gpu07");
  EXPECT_EQ(place.port, 23456);
  EXPECT_EQ(with("a1,a2").address, "a1");
}

TEST(ProcessPlace, RefusesWhatContradictsItself) {
  EXPECT_THAT(refusal_of({{"WORLD_SIZE", "2"}}), HasSubstr("RANK: is not set"));
  EXPECT_THAT(refusal_of({{"WORLD_SIZE", "2"}, {"RANK", "2"}}), HasSubstr("process 2 of 2"));
  EXPECT_THAT(refusal_of({{"WORLD_SIZE", "two"}}),
              HasSubstr("WORLD_SIZE: 'two' is not a valid process number"));
  EXPECT_THAT(refusal_of({{"WORLD_SIZE", "2"}, {"RANK", "0"}, {"MASTER_PORT", "70000"}}),
              HasSubstr("70000 is not a port"));
}

TEST(Process, DISABLED_SumsAndTakes) {
  std::unique_ptr<Communicator> world = make_communicator();
  const int rank = world->rank();
  ASSERT_EQ(world->size(), 2);
  EXPECT_EQ(world->sum(rank + 1.5), 4);
  EXPECT_EQ(world->mean(rank), 0.5);
  Tensor whole = at::full({3}, rank + 1.0),
         columns = (at::arange(6.0) * (rank + 1)).view({2, 3}).t();
  world->add_up({whole, columns});
  EXPECT_TRUE(at::equal(whole, at::full({3}, 3.0)));
  EXPECT_TRUE(at::equal(columns, (at::arange(6.0) * 3).view({2, 3}).t()));
  Tensor taken = at::full({2}, rank, at::kLong);
  world->broadcast({taken});
  EXPECT_TRUE(at::equal(taken, at::zeros({2}, at::kLong)));
  world->barrier();
}

TEST(Process, DISABLED_AveragesGradients) {
  std::unique_ptr<Communicator> world = make_communicator();
  const bool first = world->rank() == 0;
  std::vector<TrainedParameter> parameters;
  // Larger than a piece; one that only process 1 has a gradient of; one that nobody has.
  for (int64_t size : {int64_t{8} << 20, int64_t{3}, int64_t{2}}) {
    parameters.push_back({cat("p", size), at::ones({size}).set_requires_grad(true), 1, 0});
  }
  parameters[0].value.mutable_grad() = at::full({int64_t{8} << 20}, first ? 1.0 : 3.0);
  if (!first) parameters[1].value.mutable_grad() = at::full({3}, 4.0);
  average_gradients(parameters, *world);
  EXPECT_TRUE(at::equal(parameters[0].value.grad(), at::full({int64_t{8} << 20}, 2.0)));
  EXPECT_TRUE(at::equal(parameters[1].value.grad(), at::full({3}, 2.0)));
  EXPECT_FALSE(parameters[2].value.grad().defined());
  world->barrier();
}

TEST(Process, DISABLED_AveragesStatisticsThatChanged) {
  std::unique_ptr<Communicator> world = make_communicator();
  const double rank = world->rank();
  std::vector<NamedParameter> parameters = {{"mean", at::full({2}, 9.0), true},
                                            {"frozen", at::full({2}, rank), true},
                                            {"weight", at::full({2}, rank), false}};
  NormStatistics statistics(parameters);
  parameters[0].value.fill_(rank);
  parameters[2].value.add_(1);
  statistics.average(*world);
  EXPECT_TRUE(at::equal(parameters[0].value, at::full({2}, 0.5)));
  EXPECT_TRUE(at::equal(parameters[1].value, at::full({2}, rank)));
  EXPECT_TRUE(at::equal(parameters[2].value, at::full({2}, rank + 1)));
  world->barrier();
}

/// Sums for ever, until a process is gone.
TEST(Process, DISABLED_SumsUntilOneIsGone) {
  std::unique_ptr<Communicator> world = make_communicator(process_place(), std::chrono::seconds(3));
  tell("ready\n");
  try {
    for (;;) world->sum(1);
  } catch (const Error& error) {
    tell(cat(error.what(), "\n"));
  }
}

TEST(Processes, SumBroadcastAndAverageGradients) {
  for (const char* name : {"SumsAndTakes", "AveragesGradients", "AveragesStatisticsThatChanged"}) {
    ScratchFolder scratch;
    const int port = free_port();
    pid_t first = start_process(name, 0, 2, port, scratch.path() / "0");
    pid_t second = start_process(name, 1, 2, port, scratch.path() / "1");
    EXPECT_EQ(exit_code(first), 0) << name;
    EXPECT_EQ(exit_code(second), 0) << name;
  }
}

namespace {

/// Three processes that sum; what process `listener` says when `victim` gets the signal.
std::string said_when(int victim, int signal, int listener) {
  ScratchFolder scratch;
  const int port = free_port();
  std::vector<pid_t> children;
  auto log = [&](int rank) { return scratch.path() / std::to_string(rank); };
  for (int rank = 0; rank < 3; ++rank) {
    children.push_back(start_process("SumsUntilOneIsGone", rank, 3, port, log(rank)));
  }
  for (int rank = 0; rank < 3; ++rank) {
    wait_until([&] { return read_file(log(rank)).starts_with("ready"); });
  }
  auto start = std::chrono::steady_clock::now();
  ::kill(children[victim], signal);
  for (int rank = 0; rank < 3; ++rank) {
    if (rank == victim) continue;
    EXPECT_EQ(exit_code(children[rank]), 0) << rank;
  }
  // The timeout, and the time it takes to find out who is gone.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  ::kill(children[victim], SIGKILL);
  exit_code(children[victim]);
  return read_file(log(listener));
}

}  // namespace

TEST(Processes, NameTheOneThatWasKilled) {
  EXPECT_THAT(said_when(2, SIGKILL, 0),
              HasSubstr("process 0 of 3 failed to sum numbers: process 2 has ended or hangs"));
}

TEST(Processes, NameTheOneThatKeepsTheOthersTogether) {
  EXPECT_THAT(said_when(0, SIGKILL, 1), HasSubstr("process 0 has ended or hangs"));
}

TEST(Processes, NameTheOneThatHasStopped) {
  EXPECT_THAT(said_when(1, SIGSTOP, 0), HasSubstr("process 1 has ended or hangs"));
}

TEST(Processes, SayWhereTheyWaitedForTheOthers) {
  ProcessPlace place;
  place.size = 2;
  place.port = free_port();
  try {
    make_communicator(place, std::chrono::seconds(1));
    ADD_FAILURE() << "met nobody";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr(cat("127.0.0.1:", place.port,
                                            ": process 0 of 2 could not connect to the others")));
  }
}

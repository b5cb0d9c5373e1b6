//  SPDX-License-Identifier: MIT
//
//  The services of a world, and the network between. Not for anybody else.

#ifndef SIM_SERVICE_H
#define SIM_SERVICE_H

#include "sim_world.h"

//  A command goes on its way, as its fate has it.
void sim_service_send (sim_world_t *self, const zp_saga_command_t *command);

//  The first message arrives.
void sim_service_deliver (sim_world_t *self);

//  A client that was told nothing starts the same saga again.
void sim_service_start_again (sim_world_t *self, int saga);

//  If there are more records than `before`, the saga must be the same when all
//  of its are read again.
void sim_world_replay (sim_world_t *self, int saga, uint64_t before);

#endif

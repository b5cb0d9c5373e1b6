//  SPDX-License-Identifier: MIT
//
//  net - which service talks to which
//
//  As a topology says: a service whose arguments or environment have the
//  endpoint of another one talks to that. Or as was measured of a constellation
//  that runs. Services of a group are one node.

#ifndef NET_H
#define NET_H

#include <jansson.h>
#include <stdio.h>

#include "topology.h"

typedef struct net_node {
    char *name;    // Of the service or group
    char *state;   // Of the worst of them, such as "dead"; "" if not known
    size_t count;  // Services of the group that are to run; 1 of others
    size_t max;    // And that there are
    double rate;   // Requests that it takes, each second
} net_node_t;

typedef struct net_edge {
    size_t from, to;      // Nodes, by number
    double rate;          // Calls each second
    double failed, lost;  // The same of those that failed, and messages lost
    double retried;       // And of attempts after the first
    bool open;            // A breaker is not closed
} net_edge_t;

typedef struct net {
    char *name;         // Of the constellation
    bool measured;      // It runs
    net_node_t *nodes;  // In the order of the topology
    size_t count;       // How many
    net_edge_t *edges;  // None twice
    size_t edge_count;  // How many
} net_t;

net_t *net_of_topology (const topology_t *topology);

//  Of a state as stage.state has it.
net_t *net_of_state (const json_t *state);

void net_destroy (net_t **self_p);

//  How an edge is: "12.5/s, 3/s lost, breaker open"; "" if nothing is to be
//  said. Returns text.
#define NET_TEXT_SIZE 160
const char *net_edge_text (const net_edge_t *edge, char text[NET_TEXT_SIZE]);

//  True if something is wrong with what goes along it.
bool net_edge_bad (const net_edge_t *edge);

//  Draw it: as SVG; as text for mermaid, and for Graphviz; and as a table on
//  stdout.
void net_svg (const net_t *self, FILE *to);
void net_mermaid (const net_t *self, FILE *to);
void net_dot (const net_t *self, FILE *to);
void net_print (const net_t *self);

#endif

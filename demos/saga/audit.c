//  SPDX-License-Identifier: MIT
//
//  Looks into the books of all services: is what they have together what there
//  was in the beginning, and has each who holds a seat paid for it, and may
//  watch? While sagas run it can't be so: they are not isolated.

#include <jansson.h>

#include "ledger.h"
#include "zp_client.h"

#define WAIT_MS 5000
#define PRICE   999

//  Print the books of a service. True if nothing was made or lost; *left_p is
//  what is in that account.
static bool
s_audit (const char *service, const char *account, int *left_p)
{
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "ipc://%s", service);
    zp_client_t *client = zp_client_new (NULL, NULL);
    zp_client_connect (client, endpoint);
    zchunk_t *reply;
    json_t *books = NULL;
    if (zp_client_call (client, "books", "", 0, WAIT_MS, &reply) == ZP_OK) {
        books = json_loadb ((char *) zchunk_data (reply), zchunk_size (reply),
                            0, NULL);
        printf ("%-12s %.*s\n", service, (int) zchunk_size (reply),
                (char *) zchunk_data (reply));
    }
    else
        printf ("%-12s %s\n", service, zp_client_error (client));
    zchunk_destroy (&reply);
    zp_client_destroy (&client);
    long long sum = 0;
    const char *name;
    json_t *amount;
    json_object_foreach (books, name, amount) sum +=
        json_integer_value (amount);
    *left_p = (int) json_integer_value (json_object_get (books, account));
    json_decref (books);
    return sum == ledger_sum (service);
}

int
main (void)
{
    int free_seats, earned, rights, stamps;
    bool same = s_audit ("licence", "free", &free_seats);
    same = s_audit ("billing", "earned", &earned) && same;
    same = s_audit ("entitlement", "rights", &rights) && same;
    same = s_audit ("notify", "stamps", &stamps) && same;
    int held = ledger_sum ("licence") - free_seats;
    int granted = ledger_sum ("entitlement") - rights;
    int sent = ledger_sum ("notify") - stamps;
    printf ("%d seats are held, %d were paid for, %d may watch, %d letters\n",
            held, earned / PRICE, granted, sent);
    same = same && earned == held * PRICE && granted == held && sent <= held;
    puts (same ? "The books agree." : "The books do not agree!");
    return same ? 0 : 1;
}

# models/wait/loop.c: who is cancelled with an item already in its hands loses it.
/^void loop_give_up/,/^}/ s/if (!loop_leave_channel(loop, task))/if (!loop_leave_channel(loop, task) \&\& (task->op.result = result) != 0)/

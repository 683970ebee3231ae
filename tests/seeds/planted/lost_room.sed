# models/wait/loop_channel.c: who takes several items tells nobody that there is room.
/^ALWAYS_INLINE int submit/,/^}/ s/^    serve(loop, theirs, alone);/    if (puts || op->capacity == 0)\n        serve(loop, theirs, alone);/

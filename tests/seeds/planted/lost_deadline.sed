# models/wait/loop.c: a deadline that comes up too early is forgotten.
/^static void come_due/,/^}/ s/^        arm(loop, task);.*/        *armed_ns = 0;/

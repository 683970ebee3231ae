# models/wait/loop_channel.c: who leaves the head of a line does not let those behind it go on.
/^bool loop_leave_channel/,/^}/ {
  /serve_both(loop, lines);/d
}

-- Takes back 0009_login_throttle: nobody is locked out any more.
DROP TABLE login_throttle;

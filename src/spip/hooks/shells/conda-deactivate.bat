@doskey pip=
@doskey pip3=

"""How fast we send, held against others in the same run: `./run bench send`.

    command.py      what is asked for; parts, table, picture
    rows.py         what is held against what, and the targets
    measure.py      lets all take turns, and checks what came

    senders.py      who sends: Ours, smtp-source, libraries; nodemailer.py and mailmerge.py too
    servers.py      who takes: smtp-sink, the sink of sink.py, a Postfix that discards
    paths.py        from one to the other: this machine, or the line of delay_line.py
    mails.py        what is sent; office.py is an office with its issue frozen

    ours.py peers.py steps.py sink.py delay_line.py ping.py nodemailer.js
                    run in processes of their own

    crew.py         what several processes bring; a program of its own

    cpu.py          CPU of a message, by what it is spent on
    memory.py       how memory grows with the list
    report.py       the table and the JSON; picture.py the bars
    rig.py processes.py stopping.py machine.py
                    a folder for the run, programs that end with it, what the machine is like

docs/benchmarks.md says how to run it and what the figures mean.
"""

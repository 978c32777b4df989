# pip, pip3 and pip3.X mean spip in this shell; `env pip` is pip itself. Starts no process.
def __spip_hook():
    import os

    def told(python):
        """The environment of a run: SPIP_PYTHON as the user set it, else the first on PATH."""
        environ = __xonsh__.env.detype()
        if not environ.get('SPIP_PYTHON') and os.name != 'nt':
            environ['SPIP_PYTHON'] = python
        return environ

    def run(python, name, arguments):
        import subprocess
        from shutil import which

        path = __xonsh__.env.get('PATH')
        path = os.pathsep.join(path) if path else None
        spip, environ = [@SPIP@], told(python)
        if not os.path.isfile(@FILE@) or (os.name != 'nt' and not which(python, path=path)):
            spip, environ = [which(name, path=path) or name], __xonsh__.env.detype()
        try:
            return subprocess.call([*spip, *arguments], env=environ)
        except FileNotFoundError:
            print(f'xonsh: command not found: {name}', file=__import__('sys').stderr)
            return 127

    def alias(python, name):
        def answer(arguments, stdin=None):
            return run(python, name, arguments)

        # On the terminal itself: pip asks questions and draws its bar there.
        answer.__xonsh_threadable__ = False
        answer.__xonsh_capturable__ = False
        return answer

    names = {'pip': 'python3', 'pip3': 'python3'}
    names |= {f'pip3.{minor}': f'python3.{minor}' for minor in '@MINORS@'.split()}
    for name, python in names.items():
        aliases[name] = alias(python, name)

    def completer(context):
        """pip's and spip's own words."""
        command = context.command
        if not command or not command.args or not command.arg_index:
            return None
        if command.args[0].value not in (*names, @NAME@):
            return None
        import subprocess

        words = [each.value for each in command.args[: command.arg_index]] + [command.prefix]
        environ = told('python3') | {'PIP_AUTO_COMPLETE': '1', 'COMP_WORDS': ' '.join(words)}
        environ['COMP_CWORD'] = str(command.arg_index)
        said = subprocess.run([@SPIP@], env=environ, capture_output=True, text=True).stdout
        return {word for word in said.split() if word.startswith(command.prefix)} or None

    try:
        from xonsh.completers.completer import add_one_completer
        from xonsh.completers.tools import contextual_completer

        add_one_completer('spip', contextual_completer(completer), 'start')
    except ImportError:
        pass


__spip_hook()
del __spip_hook

if globals().pop('__spip_conda', None) or __xonsh__.ctx.pop('__spip_conda', None):
    aliases.pop('pip', None)
    aliases.pop('pip3', None)

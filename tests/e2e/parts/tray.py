"""A panel that shows the icons of programs, as far as programs can tell: a StatusNotifierWatcher with a host.

It says "shown" on a line of its own when it is there, and "icon" for each icon that is given to it. With
--nobody-looks it is a watcher without a host, as some desktops have one.
"""
import sys

from gi.repository import Gio, GLib

NAME = "org.kde.StatusNotifierWatcher"
INTERFACE = f"""
<node><interface name="{NAME}">
  <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
  <property name="ProtocolVersion" type="i" access="read"/>
  <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
  <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
  <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
  <signal name="StatusNotifierHostRegistered"/>
</interface></node>"""
icons = []
loop = GLib.MainLoop()


def say(word):
    print(word, flush=True)


def call(_bus, sender, _path, _interface, method, arguments, answer):
    if method == "RegisterStatusNotifierItem":
        icons.append(sender + arguments.unpack()[0])
        say("icon")
    answer.return_value(None)


def get(_bus, _sender, _path, _interface, name):
    values = {
        "IsStatusNotifierHostRegistered": GLib.Variant("b", sys.argv[1:] != ["--nobody-looks"]),
        "ProtocolVersion": GLib.Variant("i", 0),
        "RegisteredStatusNotifierItems": GLib.Variant("as", icons),
    }
    return values[name]


def on_bus(bus, _name):
    described = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
    bus.register_object("/StatusNotifierWatcher", described, call, get, None)


Gio.bus_own_name(Gio.BusType.SESSION, NAME, Gio.BusNameOwnerFlags.NONE, on_bus, lambda *_: say("shown"), lambda *_: loop.quit())
loop.run()

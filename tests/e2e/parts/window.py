"""The window of a program, as the desktop sees it: window.py COMMAND PROCESS

state    prints "shown", "hidden", or "none" when there is no window
close    asks it to close, as its button does (ICCCM, section 4.2.8.1: WM_DELETE_WINDOW)
"""
import ctypes
import sys

x = ctypes.CDLL("libX11.so.6")
Window = ctypes.c_ulong
x.XOpenDisplay.restype = ctypes.c_void_p
x.XDefaultRootWindow.restype = Window
x.XInternAtom.restype = ctypes.c_ulong
display = ctypes.c_void_p(x.XOpenDisplay(None))
root = x.XDefaultRootWindow(display)


class Attributes(ctypes.Structure):
    _fields_ = [
        ("place", ctypes.c_int * 6),
        ("visual", ctypes.c_void_p),
        ("root", Window),
        ("kinds", ctypes.c_int * 4),
        ("planes", ctypes.c_ulong * 2),
        ("save_under", ctypes.c_int),
        ("colormap", ctypes.c_ulong),
        ("map_installed", ctypes.c_int),
        ("map_state", ctypes.c_int),
        ("masks", ctypes.c_long * 3),
        ("override_redirect", ctypes.c_int),
        ("screen", ctypes.c_void_p),
    ]


class Message(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", Window),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("rest", ctypes.c_long * 24),
    ]


# A window may go while it is looked at.
@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
def go_on(_display, _error):
    return 0


x.XSetErrorHandler(go_on)


def atom(name):
    return x.XInternAtom(display, name.encode(), False)


def values(window, name):
    kind, size, count, left = ctypes.c_ulong(), ctypes.c_int(), ctypes.c_ulong(), ctypes.c_ulong()
    found = ctypes.POINTER(ctypes.c_ulong)()
    x.XGetWindowProperty(
        display, Window(window), ctypes.c_ulong(atom(name)), ctypes.c_long(0), ctypes.c_long(64), False,
        ctypes.c_ulong(0), ctypes.byref(kind), ctypes.byref(size), ctypes.byref(count), ctypes.byref(left),
        ctypes.byref(found),
    )
    return [found[at] for at in range(count.value)] if found and size.value == 32 else []


def inside(window):
    up, top, count = Window(), Window(), ctypes.c_uint()
    found = ctypes.POINTER(Window)()
    x.XQueryTree(
        display, Window(window), ctypes.byref(up), ctypes.byref(top), ctypes.byref(found), ctypes.byref(count)
    )
    for at in range(count.value):
        yield found[at]
        yield from inside(found[at])


def is_main(window):
    """Whether it is a whole window: GTK gives each process others, which nobody ever sees."""
    hints = values(window, "WM_PROTOCOLS")
    return atom("WM_DELETE_WINDOW") in hints and int(sys.argv[2]) in values(window, "_NET_WM_PID")


def is_shown(window):
    attributes = Attributes()
    x.XGetWindowAttributes(display, Window(window), ctypes.byref(attributes))
    return attributes.map_state == 2


windows = [window for window in inside(root) if is_main(window)]
if sys.argv[1] == "state":
    print("none" if not windows else "shown" if any(map(is_shown, windows)) else "hidden")
for window in windows if sys.argv[1] == "close" else []:
    message = Message(33, 0, True, display, window, atom("WM_PROTOCOLS"), 32, (atom("WM_DELETE_WINDOW"), 0, 0, 0, 0))
    x.XSendEvent(display, Window(window), False, ctypes.c_long(0), ctypes.byref(message))
x.XSync(display, False)

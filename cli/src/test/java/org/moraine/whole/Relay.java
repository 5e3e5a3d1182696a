package org.moraine.whole;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;

/**
 * A port of 127.0.0.1 that stands before another one. What passes can be kept from passing, in one way at a time.
 *
 * <p>Safe for use by several threads; two of them belong to each connection, and end with it.
 */
final class Relay {

    private static final int AT_ONCE = 4096;
    private static final long PAUSE_MILLIS = 50;

    /** What becomes of connections. */
    enum Line {
        /** Nothing. */
        WHOLE,
        /** Those that are there are reset, and every new one. */
        CUT,
        /** They stay, and no byte passes: nobody is told that nobody hears. */
        SILENT,
        /** 4 KiB pass every 50 ms, in each direction of each connection. */
        SLOW
    }

    private final ServerSocket door;
    private final int behind;
    private final Set<Socket> open = new HashSet<>();
    private Line line = Line.WHOLE;

    private Relay(ServerSocket door, int behind) {
        this.door = door;
        this.behind = behind;
    }

    /** Listens on a free port from now on, for as long as this program runs; nobody need listen on the other one yet. */
    static Relay before(int port) {
        try {
            Relay relay = new Relay(new ServerSocket(0, 0, InetAddress.getLoopbackAddress()), port);
            thread(relay::accept);
            return relay;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return door.getLocalPort();
    }

    /** From now on. */
    synchronized void is(Line next) {
        line = next;
        if (next == Line.CUT) {
            open.forEach(Relay::reset);
        }
        notifyAll();
    }

    private void accept() {
        while (true) {
            try {
                Socket client = door.accept();
                thread(() -> connect(client));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void connect(Socket client) {
        Socket server = new Socket();
        try {
            keep(client);
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), behind));
            keep(server);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            thread(() -> pass(client, server));
            pass(server, client);
        } catch (IOException e) {
            reset(client);
            reset(server);
            forget(client, server);
        }
    }

    private synchronized void keep(Socket socket) {
        open.add(socket);
        if (line == Line.CUT) {
            reset(socket);
        }
    }

    /** Passes bytes on until one side ends; then both do. */
    private void pass(Socket from, Socket to) {
        byte[] bytes = new byte[AT_ONCE];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
                waitFor();
                out.write(bytes, 0, length);
            }
        } catch (IOException e) {
            reset(from);
            reset(to);
        } finally {
            forget(from, to);
        }
    }

    private synchronized void waitFor() {
        try {
            if (line == Line.SLOW) {
                wait(PAUSE_MILLIS);
            }
            while (line == Line.SILENT) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e); // nobody does
        }
    }

    private synchronized void forget(Socket one, Socket other) {
        open.remove(one);
        open.remove(other);
    }

    /** Ends a connection as a machine does that went away and came back: whoever is at its other end is told so. */
    private static void reset(Socket socket) {
        try (socket) {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // It has ended already.
        }
    }

    private static void thread(Runnable work) {
        Thread thread = new Thread(work, "relay");
        thread.setDaemon(true);
        thread.start();
    }
}

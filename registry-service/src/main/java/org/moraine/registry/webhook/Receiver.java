package org.moraine.registry.webhook;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.stream.Stream;
import org.moraine.contracts.Refused;

/** What may be called on a team's behalf: no address by which it would reach this machine or its metadata service. */
final class Receiver {

    private static final int LONGEST = 500;

    private Receiver() {}

    /** Reads a webhook's URL; throws {@link Refused} where it cannot be called. Its host is asked for when it is called. */
    static URI read(String text) {
        try {
            URI url = new URI(text);
            boolean web = "https".equals(url.getScheme()) || "http".equals(url.getScheme());
            if (web && url.getHost() != null && url.getUserInfo() == null && text.length() <= LONGEST) {
                return url;
            }
        } catch (URISyntaxException e) {
            throw refused();
        }
        throw refused();
    }

    private static Refused refused() {
        return Refused.invalid(
                "url", "A webhook's url is http:// or https:// with a host, at most " + LONGEST + " letters");
    }

    /** Whether all that a host's name stands for now may be called. */
    static boolean allowed(String host, boolean loopback) throws UnknownHostException {
        return Stream.of(InetAddress.getAllByName(host))
                .noneMatch(address -> address.isLinkLocalAddress()
                        || address.isAnyLocalAddress()
                        || address.isMulticastAddress()
                        || (address.isLoopbackAddress() && !loopback));
    }
}

package org.moraine.jobs;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A multipart body in the order in which its parts are added. */
public final class Multipart {

    private final String boundary;
    private final List<InputStream> pieces = new ArrayList<>();

    private Multipart(String boundary) {
        this.boundary = boundary;
    }

    public static Multipart with(String boundary) {
        return new Multipart(boundary);
    }

    public Multipart field(String name, String value) {
        return text(
                "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n");
    }

    public Multipart file(String filename, String content) {
        return file(filename, new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)));
    }

    public Multipart file(String filename, InputStream content) {
        return file("file", filename, content);
    }

    public Multipart file(String part, String filename, InputStream content) {
        text("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + part + "\"; filename=\"" + filename
                + "\"\r\nContent-Type: application/octet-stream\r\n\r\n");
        pieces.add(content);
        return text("\r\n");
    }

    public InputStream end() {
        text("--" + boundary + "--\r\n");
        return new SequenceInputStream(Collections.enumeration(pieces));
    }

    private Multipart text(String text) {
        pieces.add(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        return this;
    }
}

// Photographs on a shopper's phone: made smaller and drawn anew, so that no place and no camera leave the phone with
// them; where a picture was taken is read first and becomes a distance. Global: `fieldPhoto`.
"use strict";

const fieldPhoto = (() => {
    const LONGEST = 2_048;
    const QUALITY = 0.85;
    const GPS = 0x8825;
    const EARTH_M = 6_371_000;
    const STEP_M = 50;

    const hex = (bytes) => [...new Uint8Array(bytes)].map((one) => one.toString(16).padStart(2, "0")).join("");
    const digest = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));

    // ---- where a picture says that it was taken: the directory of positions in the notes of a JPEG -------------------

    const fraction = (view, at, little) => view.getUint32(at, little) / (view.getUint32(at + 4, little) || 1);

    const entries = (view, at, little) => {
        const found = new Map();
        for (let number = 0; number < view.getUint16(at, little); number += 1) {
            const place = at + 2 + number * 12;
            found.set(view.getUint16(place, little), place + 8);
        }
        return found;
    };

    const degrees = (view, base, found, little, [letter, value], negative) => {
        if (!found.has(letter) || !found.has(value)) return null;
        const at = base + view.getUint32(found.get(value), little);
        const size = [0, 8, 16].reduce((sum, step, power) => sum + fraction(view, at + step, little) / 60 ** power, 0);
        return String.fromCharCode(view.getUint8(found.get(letter))) === negative ? -size : size;
    };

    const located = (view, base) => {
        const little = view.getUint16(base) === 0x4949;
        const first = entries(view, base + view.getUint32(base + 4, little), little);
        if (!first.has(GPS)) return null;
        const found = entries(view, base + view.getUint32(first.get(GPS), little), little);
        const latitude = degrees(view, base, found, little, [1, 2], "S");
        const longitude = degrees(view, base, found, little, [3, 4], "W");
        return latitude === null || longitude === null ? null : {latitude, longitude};
    };

    // The place in a picture's notes, or null: a picture without any, cut off, or of another form.
    const position = (bytes) => {
        try {
            const view = new DataView(bytes);
            if (view.getUint16(0) !== 0xffd8) return null;
            for (let at = 2; at + 10 < view.byteLength && view.getUint8(at) === 0xff;) {
                const [marker, size] = [view.getUint8(at + 1), view.getUint16(at + 2)];
                if (marker === 0xe1 && view.getUint32(at + 4) === 0x45786966) return located(view, at + 10);
                if (marker === 0xda) return null;
                at += 2 + size;
            }
        } catch (error) {
            if (!(error instanceof RangeError)) throw error;
        }
        return null;
    };

    // Metres between two places {latitude, longitude}, as the crow flies.
    const metres = (one, other) => {
        const rad = (angle) => (angle * Math.PI) / 180;
        const [up, aside] = [rad(other.latitude - one.latitude) / 2, rad(other.longitude - one.longitude) / 2];
        const part = Math.sin(up) ** 2
            + Math.cos(rad(one.latitude)) * Math.cos(rad(other.latitude)) * Math.sin(aside) ** 2;
        return Math.round(2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(part))));
    };
    // What is kept of a distance: rounded up, so that nobody's way can be drawn from it.
    const rounded = (distance) => Math.ceil(distance / STEP_M) * STEP_M;

    // ---- the picture itself ------------------------------------------------------------------------------------------

    const drawn = (picture) => {
        const share = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
        const sheet = document.createElement("canvas");
        sheet.width = Math.max(1, Math.round(picture.width * share));
        sheet.height = Math.max(1, Math.round(picture.height * share));
        const pen = sheet.getContext("2d", {alpha: false});
        pen.fillStyle = "#fff";
        pen.fillRect(0, 0, sheet.width, sheet.height);
        pen.imageSmoothingQuality = "high";
        pen.drawImage(picture, 0, 0, sheet.width, sheet.height);
        return sheet;
    };

    // The picture without what a browser notes beside it (profiles of colour, its own name): the server keeps a bare one
    // byte for byte, so that its hash there is the one that was made here.
    const bared = (bytes) => {
        const view = new DataView(bytes);
        const parts = [new Uint8Array(bytes, 0, 2)];
        let at = 2;
        while (at + 4 <= view.byteLength && view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda) {
            const [marker, size] = [view.getUint8(at + 1), view.getUint16(at + 2)];
            const noted = (marker > 0xe0 && marker <= 0xef) || marker === 0xfe;
            if (!noted) parts.push(new Uint8Array(bytes, at, 2 + size));
            at += 2 + size;
        }
        parts.push(new Uint8Array(bytes, at));
        return new Blob(parts).arrayBuffer();
    };

    const fault = (name) => Object.assign(new Error(name), {name});

    // {bytes, sha256, size, width, height, within_m}. `near` is the branch's place where the programme asks for the
    // distance, else null. Fails with the name "unreadable" for what the browser cannot show.
    const prepared = async (file, near = null) => {
        const own = near ? position(await file.arrayBuffer()) : null;
        const picture = await createImageBitmap(file, {imageOrientation: "from-image"}).catch(() => {
            throw fault("unreadable");
        });
        const sheet = drawn(picture);
        picture.close();
        const blob = await new Promise((resolve) => { sheet.toBlob(resolve, "image/jpeg", QUALITY); });
        if (!blob) throw fault("unreadable");
        const bytes = await bared(await blob.arrayBuffer());
        const {width, height} = sheet;
        sheet.width = sheet.height = 0; // phones give the memory of a canvas back only then
        return {
            bytes, sha256: await digest(bytes), size: bytes.byteLength, width, height,
            within_m: own ? rounded(metres(own, near)) : null,
        };
    };

    return {prepared, position, metres, rounded, digest};
})();

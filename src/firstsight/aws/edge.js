// CloudFront's function for each request of a viewer: it makes the path the key under which S3 has the derivative.
//
//   /~signature/cat.jpg/thumb  ->  /cat.jpg/thumb        who may ask has been decided when it was made
//   /cat.jpg/thumb             ->  /cat.jpg/thumb.avif   a format that the viewer names in Accept
//
//   /cat.jpg?width=300         ->  /~/cat.jpg            which no derivative is called: where a grammar reads queries,
//                                                        only the function that makes them can tell
//
// What was asked for goes along as a header, for the function that makes what S3 does not have. Both headers are part of
// the cache key, so no answer is ever given to another question.

// The presets, with true for those that have a format of their own, and what the first token of a spec looks like.
const PRESETS = {};
const TOKEN = /^$/;
// The names in a query that the grammars of other image servers read, and whether these have formats chosen by Accept.
const QUERY = /^$/;
const NEGOTIATES = false;
const FORMATS = /\.(?:jpe?g|png|webp|avif|gif|json)$/;
const NEGOTIATED = ['image/avif', 'image/webp'];

function isAutomatic(spec) {
    const explicit = /\.auto$/.test(spec);
    const first = spec.replace(/\.auto$/, '').split('-')[0];
    if (FORMATS.test(spec)) return false;
    return PRESETS.hasOwnProperty(first) ? explicit || !PRESETS[first] : TOKEN.test(first);
}

function accepted(header) {
    const named = header.toLowerCase().split(',').map(part => part.split(';').map(word => word.trim()));
    const takes = type => named.some(words => words[0] === type && !words.some(word => /^q=0(?:\.0*)?$/.test(word)));
    return NEGOTIATED.find(takes) || '*/*';
}

function asked(querystring) {
    const names = Object.keys(querystring || {});
    if (!names.some(name => QUERY.test(name))) return '';
    const values = name => (querystring[name].multiValue || [querystring[name]]).map(one => one.value);
    return '?' + names.map(name => values(name).map(value => name + '=' + value).join('&')).join('&');
}

function handler(event) {
    const request = event.request;
    const segments = request.uri.slice(1).split('/');
    if (segments.length > 1 && /^(?:~|%7e)/i.test(segments[0])) segments.shift();
    const automatic = segments.length > 1 && isAutomatic(segments[segments.length - 1]);
    const query = asked(request.querystring);
    const negotiated = automatic || query || NEGOTIATES;
    const accept = negotiated && request.headers.accept ? accepted(request.headers.accept.value) : '*/*';
    request.headers['firstsight-path'] = {value: request.uri + query};
    request.headers.accept = {value: accept};
    const key = '/' + segments.join('/');
    const format = accept === '*/*' ? 'jpg' : accept.slice('image/'.length);
    request.uri = query ? '/~' + key : automatic ? key.replace(/\.auto$/, '') + '.' + format : key;
    return request;
}
